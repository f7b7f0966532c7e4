package render

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark" // Markdown (CommonMark), which editors know; it leaves raw HTML and script links out
	"github.com/yuin/goldmark/renderer/html"
)

// markdown knows neither raw HTML nor pictures of strangers' choice: what is not
// CommonMark's own is left out. A line break stays one.
var markdown = goldmark.New(goldmark.WithRendererOptions(html.WithHardWraps(), html.WithXHTML()))

// shapes are the elements that mails have styles for; others lose their marks.
var shapes = regexp.MustCompile(`</?([a-z0-9]+)(?:\s[^>]*)?/?>`)

// intro lays Markdown out for a mail: every element gets its style in place.
func intro(text string, v *look, accent, start string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", nil
	}
	var b bytes.Buffer
	if err := markdown.Convert([]byte(text), &b); err != nil {
		return "", fmt.Errorf("the intro is no Markdown: %w", err)
	}
	ink := v.Light.Ink
	styles := map[string]string{
		"p": `<p class="t1" style="margin:0 0 16px;color:` + ink + `">`, "strong": "<strong>", "em": "<em>", "br": "<br>",
		"ul": `<ul style="margin:0 0 16px;padding:0;padding-` + start + `:22px">`, "ol": `<ol style="margin:0 0 16px;padding:0;padding-` + start + `:22px">`,
		"li": `<li class="t1" style="margin:0 0 4px;color:` + ink + `">`, "blockquote": `<blockquote style="margin:0 0 16px;padding:0 16px">`,
	}
	laidOut := shapes.ReplaceAllStringFunc(b.String(), func(tag string) string {
		name := shapes.FindStringSubmatch(tag)[1]
		switch {
		case name == "a" && strings.HasPrefix(tag, "<a "):
			return strings.Replace(tag, "<a ", `<a class="acc" style="color:`+accent+`" `, 1)
		case strings.HasPrefix(name, "h") && len(name) == 2: // the mail has headings of its own
			name = "p"
			if !strings.HasPrefix(tag, "</") {
				return styles["p"] + "<strong>"
			}
			return "</strong></p>"
		}
		switch {
		case strings.HasPrefix(tag, "</") && (styles[name] != "" || name == "a"):
			return "</" + name + ">"
		case styles[name] != "":
			return styles[name]
		}
		return ""
	})
	return strings.TrimSpace(strings.ReplaceAll(laidOut, "<!-- raw HTML omitted -->", "")), nil
}
