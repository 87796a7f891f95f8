package strictjson

import "github.com/anolishq/anolis-handoff/internal/doc"

// fewKeys is the size up to which comparing with every key beats an index.
const fewKeys = 12

func (r *reader) list(at doc.Pos) (*doc.Node, *Error) {
	n := &doc.Node{Kind: doc.Seq, Pos: at}
	r.pos++ // '['
	if r.space(); r.peek() == ']' {
		r.pos++
		return n, nil
	}
	for {
		r.path = append(r.path, step{index: len(n.Items)})
		item, err := r.value()
		if err != nil {
			return nil, err
		}
		r.path = r.path[:len(r.path)-1]
		n.Items = append(n.Items, item)

		r.space()
		switch r.peek() {
		case ',':
			r.pos++
		case ']':
			r.pos++
			return n, nil
		default:
			return nil, r.expected(`"," or "]"`)
		}
	}
}

func (r *reader) object(at doc.Pos) (*doc.Node, *Error) {
	n := &doc.Node{Kind: doc.Map, Pos: at}
	r.pos++ // '{'
	if r.space(); r.peek() == '}' {
		r.pos++
		return n, nil
	}
	keys := keySet{node: n}
	for {
		key, err := r.key()
		if err != nil {
			return nil, err
		}
		first, repeated := keys.find(key.Text)
		if repeated && !r.found.cut {
			r.found.add(r.fail(key.Pos, "duplicate key %s (first at line %d, column %d)",
				quoteKey(key.Text), first.Line, first.Column).because(ErrDuplicateKey))
		}
		r.path = append(r.path, step{key: key.Text, index: -1})
		value, err := r.value()
		if err != nil {
			return nil, err
		}
		r.path = r.path[:len(r.path)-1]
		if !repeated {
			keys.add(doc.Entry{Key: key, Value: value})
		}

		r.space()
		switch r.peek() {
		case ',':
			r.pos++
		case '}':
			r.pos++
			return n, nil
		default:
			return nil, r.expected(`"," or "}"`)
		}
	}
}

// key reads a key and its colon.
func (r *reader) key() (*doc.Node, *Error) {
	r.space()
	if r.peek() != '"' {
		return nil, r.expected("a key in double quotes")
	}
	at := r.here()
	text, err := r.str()
	if err != nil {
		return nil, err
	}
	if r.space(); r.peek() != ':' {
		return nil, r.expected(`":"`)
	}
	r.pos++
	return &doc.Node{Kind: doc.String, Text: text, Pos: at}, nil
}

// keySet finds the keys of an object under construction in constant time.
type keySet struct {
	node  *doc.Node
	index map[string]doc.Pos // nil while there are few keys
}

func (s *keySet) find(key string) (doc.Pos, bool) {
	if s.index != nil {
		at, ok := s.index[key]
		return at, ok
	}
	for _, e := range s.node.Entries {
		if e.Key.Text == key {
			return e.Key.Pos, true
		}
	}
	return doc.Pos{}, false
}

func (s *keySet) add(e doc.Entry) {
	s.node.Entries = append(s.node.Entries, e)
	switch {
	case s.index != nil:
		s.index[e.Key.Text] = e.Key.Pos
	case len(s.node.Entries) > fewKeys:
		s.index = make(map[string]doc.Pos, 2*fewKeys)
		for _, e := range s.node.Entries {
			s.index[e.Key.Text] = e.Key.Pos
		}
	}
}
