package editor

// overviewPage is what an editor sees first.
type overviewPage struct{}

func (p *Pages) overview(*visit) (page, error) {
	return page{name: "overview", title: "Overview", body: overviewPage{}}, nil
}
