package newsletter

// Fault is something that a person typed and that cannot be. Unlike other errors it is
// meant for people: Text says what is wrong, and what would be right.
type Fault struct {
	Field string // name of the field, as the API has it
	Text  string // a sentence without its full stop
}

func (f *Fault) Error() string { return f.Text }

// Unwrap makes it invalid.
func (f *Fault) Unwrap() error { return ErrInvalid }
