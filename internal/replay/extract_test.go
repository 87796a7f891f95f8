package replay

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestExtractRefuses(t *testing.T) {
	with := func(name string, f *fstest.MapFile) fs.FS {
		pkg := packageOf()
		pkg[name] = f
		return pkg
	}
	file := &fstest.MapFile{Data: []byte("x")}
	tests := []struct {
		name string
		pkg  fs.FS
		opts Options
		want error
		file string
	}{
		{"link", with("link", &fstest.MapFile{Mode: fs.ModeSymlink, Data: []byte("/etc/passwd")}), Options{}, ErrUnsafe, "link"},
		{"device", with("dev", &fstest.MapFile{Mode: fs.ModeDevice}), Options{}, ErrUnsafe, "dev"},
		{"pipe", with("pipe", &fstest.MapFile{Mode: fs.ModeNamedPipe}), Options{}, ErrUnsafe, "pipe"},
		{"backslash", with(`..\x`, file), Options{}, ErrUnsafe, `..\x`},
		{"drive", with("c:x", file), Options{}, ErrUnsafe, "c:x"},
		{"control", with("a\nb", file), Options{}, ErrUnsafe, "a\nb"},
		{"UTF-8", with("a\xff", file), Options{}, ErrUnsafe, "a\xff"},
		{"bytes", packageOf(), Options{MaxExtract: 20}, ErrLimit, "providers/sim0.yaml"},
		{"entries", packageOf(), Options{MaxEntries: 3}, ErrLimit, ""},
		{"nothing", nil, Options{}, fs.ErrInvalid, ""},
		{"broken", badFS{packageOf(), func(string) (fs.File, error) { return nil, errBroken }}, Options{}, errBroken, "machine-profile.yaml"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opts := options(t)
			opts.MaxExtract, opts.MaxEntries = tt.opts.MaxExtract, tt.opts.MaxEntries
			runs, err := Check(t.Context(), tt.pkg, []string{config}, opts)
			var e *Error
			if !errors.Is(err, tt.want) || !errors.As(err, &e) || e.Op != "extract" || e.File != tt.file || len(runs) != 0 {
				t.Fatalf("got %v and error %v, want %v of %q", runs, err, tt.want, tt.file)
			}
			if strings.Contains(err.Error(), opts.TempDir) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error text %q", err)
			}
		})
	}
}

func TestExactlyTheLimits(t *testing.T) {
	pkg := packageOf()
	opts := options(t)
	entries := 0
	fs.WalkDir(pkg, ".", func(name string, d fs.DirEntry, err error) error {
		if name != "." {
			entries++
		}
		return err
	})
	opts.MaxEntries = entries
	for _, f := range pkg {
		opts.MaxExtract += int64(len(f.Data))
	}
	if runs, err := Check(t.Context(), pkg, []string{config}, opts); err != nil || runs[0].Outcome != Accepted {
		t.Errorf("got %v and error %v", runs, err)
	}
}

// endless is a file that never ends; it tells when somebody reads it.
type endless struct {
	fs.File
	read func()
}

func (e endless) Read(p []byte) (int, error) { e.read(); return len(p), nil }

func TestEndlessFile(t *testing.T) {
	pkg := packageOf()
	file := func(read func()) fs.FS {
		return badFS{pkg, func(name string) (fs.File, error) {
			f, err := pkg.Open(name)
			return endless{f, read}, err
		}}
	}
	opts := options(t)
	opts.MaxExtract = 1 << 20
	if _, err := Check(t.Context(), file(func() {}), []string{config}, opts); !errors.Is(err, ErrLimit) {
		t.Errorf("got error %v, want the limit", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	runs, err := Check(ctx, file(cancel), []string{config}, opts)
	wantCanceled(t, runs, err, 0)
}

func TestPanicCleansUp(t *testing.T) {
	for _, tt := range []struct {
		name string
		pkg  fs.FS
		mask func(string) string
	}{
		{"package", badFS{packageOf(), func(string) (fs.File, error) { panic(errBroken) }}, nil},
		{"mask", packageOf(), func(string) string { panic(errBroken) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			opts := options(t)
			opts.Mask = tt.mask
			defer func() {
				if got := recover(); got != errBroken {
					t.Errorf("recovered %v, want the panic of the %s", got, tt.name)
				}
			}()
			Check(t.Context(), tt.pkg, []string{config}, opts)
		})
	}
}

func TestNoPlace(t *testing.T) {
	opts := options(t)
	secretDir := opts.TempDir + "/missing"
	opts.TempDir = secretDir
	_, err := Check(t.Context(), packageOf(), []string{config}, opts)
	var e *Error
	if !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &e) || e.Op != "prepare" || strings.Contains(err.Error(), secretDir) {
		t.Errorf("got error %v", err)
	}
	opts.TempDir = strings.TrimSuffix(secretDir, "/missing")
}

func FuzzCheckName(f *testing.F) {
	for _, name := range []string{"a", "../a", "a/../b", `a\b`, "c:", "/", "a//b", "a\x00", "é/x.yaml", "a:b", "-x", "CON"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if checkName(name) != nil {
			return
		}
		if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, "\\\x00\n\r\x1b\x7f") || strings.HasPrefix(name, "/") {
			t.Errorf("accepted %q", name)
		}
		for _, part := range strings.Split(name, "/") {
			if part == "" || part == "." || part == ".." {
				t.Errorf("accepted %q", name)
			}
		}
	})
}
