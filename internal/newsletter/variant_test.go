package newsletter

import "testing"

func TestVariantFor(t *testing.T) {
	issue := Issue{Variants: []Variant{
		{Key: "de", Language: "de"}, {Key: "pt-BR", Language: "pt-BR"}, {Key: "pt", Language: "pt"},
		{Key: "tech", Topics: []string{"tech", "money"}}, {Key: "de-tech", Language: "de", Topics: []string{"money", "tech"}},
	}}
	for _, c := range []struct {
		language string
		topics   []string
		want     string
	}{
		{"", nil, ""},
		{"en", nil, ""},
		{"de", nil, "de"},
		{"DE-at", nil, "de"},
		{"den", nil, ""},
		{"pt-BR", nil, "pt-BR"},
		{"pt-PT", nil, "pt"},
		{"en", []string{"money", "tech"}, "tech"},
		{"de-CH", []string{"tech", "money"}, "de-tech"},
		{"de", []string{"tech"}, "de"},
		{"pt", []string{"tech", "money"}, "tech"}, // topics count more
		{"fr", []string{"tech", "money", "sea"}, ""},
	} {
		if got := issue.VariantFor(&Subscriber{Language: c.language, Topics: c.topics}); got != c.want {
			t.Errorf("%s %v: %q, want %q", c.language, c.topics, got, c.want)
		}
	}
	if got := (&Issue{}).VariantFor(&Subscriber{Language: "de"}); got != "" {
		t.Errorf("without variants: %q", got)
	}
}
