package canonyaml

// checkTokens bounds what the tokenizer may build. It counts too much rather
// than too little: an indicator within a string or a comment counts as well.
func checkTokens(text string) *Error {
	count := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '[', '{', ',':
			count++
		case '-', '?', ':':
			if endsToken(text, i+1) {
				count++
			}
		default:
			continue
		}
		if count > MaxTokens {
			return &Error{Pos: newLines(text).pos(i), Msg: "holds more than 50000 values", Err: ErrLimit}
		}
	}
	return nil
}

// endsToken reports whether an indicator that ends at offset i stands alone.
func endsToken(text string, i int) bool {
	if i >= len(text) {
		return true
	}
	switch text[i] {
	case ' ', '\t', '\n', '\r', ',', '[', ']', '{', '}', '"', '\'':
		return true
	}
	return breakLen(text[i:]) > 0
}
