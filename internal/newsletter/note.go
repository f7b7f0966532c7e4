package newsletter

// Note is a single mail to an editor or operator, before it is laid out: all of it is
// plain text.
type Note struct {
	Subject  string
	Headline string
	Lines    []string // paragraphs
	Code     string   // digits to type elsewhere, shown large; empty: none
	Button   string   // empty: no button
	Link     string   // of the button
	Items    []NoteItem
	Small    []string // paragraphs at the end, in small print
}

// NoteItem is one line of a list.
type NoteItem struct {
	Heading     string // begins a part of the list; empty: the part goes on
	Title, Text string
	Link        string // of the title; empty: none
}
