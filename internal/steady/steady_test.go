package steady

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
)

// read is a reader and reader-at made of a function.
type read func(p []byte) (int, error)

func (r read) Read(p []byte) (int, error)            { return r(p) }
func (r read) ReadAt(p []byte, _ int64) (int, error) { return r(p) }

func TestReader(t *testing.T) {
	broken := errors.New("broken")
	const text = "0123456789"
	idle := func(n int, then io.Reader) io.Reader {
		return read(func(p []byte) (int, error) {
			if n--; n >= 0 {
				return 0, nil
			}
			return then.Read(p)
		})
	}
	for name, test := range map[string]struct {
		r    io.Reader
		size int64 // -1 for Reader
		got  string
		err  error
	}{
		"whole":            {strings.NewReader(text), 10, text, nil},
		"byte by byte":     {iotest.OneByteReader(strings.NewReader(text)), 10, text, nil},
		"end with data":    {iotest.DataErrReader(strings.NewReader(text)), 10, text, nil},
		"no size":          {strings.NewReader(text), -1, text, nil},
		"empty":            {strings.NewReader(""), 0, "", nil},
		"short":            {strings.NewReader(text), 11, text, io.ErrUnexpectedEOF},
		"short with data":  {iotest.DataErrReader(strings.NewReader(text)), 11, text, io.ErrUnexpectedEOF},
		"long":             {strings.NewReader(text), 9, text[:9], ErrGrew},
		"long by bytes":    {iotest.OneByteReader(strings.NewReader(text)), 9, text[:9], ErrGrew},
		"not empty":        {strings.NewReader(text), 0, "", ErrGrew},
		"pauses":           {io.MultiReader(strings.NewReader(text[:5]), idle(99, strings.NewReader(text[5:]))), 10, text, nil},
		"pauses twice":     {io.MultiReader(idle(60, strings.NewReader(text[:5])), idle(60, strings.NewReader(text[5:]))), 10, text, nil},
		"pauses too long":  {io.MultiReader(strings.NewReader(text[:5]), idle(100, strings.NewReader(text[5:]))), 10, text[:5], io.ErrNoProgress},
		"stalls":           {io.MultiReader(strings.NewReader(text[:5]), idle(1<<30, nil)), 10, text[:5], io.ErrNoProgress},
		"stalls, no size":  {idle(1<<30, nil), -1, "", io.ErrNoProgress},
		"fails":            {io.MultiReader(strings.NewReader(text[:5]), iotest.ErrReader(broken)), 10, text[:5], broken},
		"too high a count": {read(func(p []byte) (int, error) { return len(p) + 1, nil }), -1, "", errCount},
		"too low a count":  {read(func([]byte) (int, error) { return -1, nil }), 10, "", errCount},
	} {
		t.Run(name, func(t *testing.T) {
			r := Reader(test.r)
			if test.size >= 0 {
				r = Sized(test.r, test.size)
			}
			got, err := io.ReadAll(r)
			if string(got) != test.got || !errors.Is(err, test.err) {
				t.Errorf("read %q, %v; want %q, %v", got, err, test.got, test.err)
			}
			want := test.err
			if want == nil {
				want = io.EOF
			}
			if n, err := r.Read(make([]byte, 1)); n != 0 || !errors.Is(err, want) {
				t.Errorf("then read %d bytes, %v", n, err)
			}
		})
	}
}

func TestFile(t *testing.T) {
	f, err := fstest.MapFS{"a": {Data: []byte("text")}}.Open("a")
	if err != nil {
		t.Fatal(err)
	}
	f = File(f, 5)
	if info, err := f.Stat(); err != nil || info.Size() != 4 {
		t.Errorf("it is %v, %v", info, err)
	}
	if got, err := io.ReadAll(f); string(got) != "text" || !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "4 of 5 bytes") {
		t.Errorf("read %q, %v", got, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestSection(t *testing.T) {
	const text = "0123456789"
	for name, test := range map[string]struct {
		r        io.ReaderAt
		at, size int64
		got      string
		err      error
	}{
		"all":     {strings.NewReader(text), 0, 10, text, nil},
		"part":    {strings.NewReader(text), 3, 4, "3456", nil},
		"nothing": {strings.NewReader(text), 3, 0, "", nil},
		"beyond":  {strings.NewReader(text), 3, 8, text[3:], io.ErrUnexpectedEOF},
		"idle":    {read(func([]byte) (int, error) { return 0, nil }), 0, 10, "", io.ErrUnexpectedEOF},
		"count":   {read(func(p []byte) (int, error) { return len(p) + 1, nil }), 0, 10, "", errCount},
		"fails":   {read(func([]byte) (int, error) { return 0, fs.ErrPermission }), 0, 10, "", fs.ErrPermission},
		// Whatever comes with all the bytes that were asked for is no failure.
		"all and an end": {read(func(p []byte) (int, error) { return copy(p, text), io.EOF }), 0, 4, text[:4], nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := io.ReadAll(Section(test.r, test.at, test.size)); string(got) != test.got || !errors.Is(err, test.err) {
				t.Errorf("read %q, %v; want %q, %v", got, err, test.got, test.err)
			}
		})
	}
}
