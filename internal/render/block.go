package render

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
)

// block is an article's template with the decisions made: stretches of markup
// with a field after each but the last. Articles of the same shape (the same
// fields are there) share one, so that the template runs once per shape, which is
// three quarters of the work of an issue.
type block struct {
	literals []string
	fields   []int // position in article.fields
}

// maxBlocks bounds what a hostile feed could make us keep.
const maxBlocks = 256

// layOut fills the blocks of a view from the named article template.
func (r *Renderer) layOut(name string, d *digest) error {
	for _, a := range d.Articles {
		file := name
		if a.Row && name == "article.html.tmpl" {
			file = "row.html.tmpl"
		}
		fields := a.fields()
		block, err := r.block(file, a, fields)
		if err != nil {
			return err
		}
		d.Blocks = append(d.Blocks, block.fill(fields))
	}
	return nil
}

// block finds the article's block or makes it.
func (r *Renderer) block(name string, a *article, fields []*string) (*block, error) {
	shape := a.shape(name, fields)
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.blocks[string(shape)]; known != nil {
		return known, nil
	}
	made, err := r.compile(name, a)
	if err != nil {
		return nil, err
	}
	if len(r.blocks) >= maxBlocks {
		clear(r.blocks)
	}
	r.blocks[string(shape)] = made
	return made, nil
}

// shape tells articles apart for which the template decides differently.
func (a *article) shape(name string, fields []*string) []byte {
	shape := make([]byte, 0, 128)
	for _, word := range []string{name, a.Look.Name, a.Dir, a.Start} {
		shape = append(append(shape, word...), ' ')
	}
	shape = append(shape, byte(len(a.Authors)))
	for _, yes := range []bool{a.Lead, a.Row, a.Ruled, a.Sub, a.Image != nil} {
		shape = strconv.AppendBool(shape, yes)
	}
	for _, field := range fields {
		if *field == "" {
			shape = append(shape, '0')
		} else {
			shape = append(shape, '1')
		}
	}
	return shape
}

// compile runs the template on an article whose fields are marks that no text
// can guess, and cuts the result at them.
func (r *Renderer) compile(name string, a *article) (*block, error) {
	marked, mark := a.clone(), "m"+rand.Text()
	for i, field := range marked.fields() {
		if *field != "" {
			*field = fmt.Sprintf("%s%03d", mark, i)
		}
	}
	var out strings.Builder
	if err := r.templates.ExecuteTemplate(&out, name, marked); err != nil {
		return nil, err
	}
	parts := strings.Split(out.String(), mark)
	b := &block{literals: []string{parts[0]}}
	for _, part := range parts[1:] {
		field, err := strconv.Atoi(part[:min(3, len(part))])
		if err != nil || len(part) < 3 {
			return nil, fmt.Errorf("template %s changes what it writes; a value must be written as it is (%v)", name, err)
		}
		b.literals, b.fields = append(b.literals, part[3:]), append(b.fields, field)
	}
	return b, nil
}

func (b *block) fill(fields []*string) string {
	size := 0
	for i, literal := range b.literals {
		if size += len(literal); i < len(b.fields) {
			size += len(*fields[b.fields[i]])
		}
	}
	var out strings.Builder
	out.Grow(size)
	for i, literal := range b.literals {
		if out.WriteString(literal); i < len(b.fields) {
			out.WriteString(*fields[b.fields[i]])
		}
	}
	return out.String()
}
