package magazine

// The structured data of an article page (https://schema.org/NewsArticle).
// Authors come without a description, as on most sites: 2.6% of measured pages
// give one.
type newsArticle struct {
	Context   string     `json:"@context"`
	Type      string     `json:"@type"`
	ID        string     `json:"@id"`
	Headline  string     `json:"headline"`
	About     string     `json:"description"`
	Published string     `json:"datePublished"`
	Modified  string     `json:"dateModified"`
	Language  string     `json:"inLanguage"`
	Comments  int        `json:"commentCount"`
	Sections  []string   `json:"articleSection"`
	Image     *ldImage   `json:"image,omitempty"`
	Authors   []ldEntity `json:"author"`
	Publisher ldEntity   `json:"publisher"`
}

type ldEntity struct {
	Type string `json:"@type"`
	Name string `json:"name"`
	URL  string `json:"url"`
}

type ldImage struct {
	Type   string `json:"@type"`
	URL    string `json:"url"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

const iso = "2006-01-02T15:04:05-07:00"

func (e *edition) newsArticle(a *article) newsArticle {
	n := newsArticle{
		Context: "https://schema.org", Type: "NewsArticle", ID: a.URL + "#article", Headline: a.Title, About: a.Dek,
		Published: a.Published.Format(iso), Modified: a.Modified.Format(iso), Language: a.Language, Comments: len(a.Comments),
		Publisher: ldEntity{"Organization", e.Name, e.Base + "/"},
	}
	for _, in := range a.Categories {
		n.Sections = append(n.Sections, in.Name)
	}
	for _, by := range a.Authors {
		n.Authors = append(n.Authors, ldEntity{"Person", by.Name, by.URL})
	}
	if p := a.Picture; p != nil {
		n.Image = &ldImage{"ImageObject", p.Full.URL, p.Full.Width, p.Full.Height}
	}
	return n
}
