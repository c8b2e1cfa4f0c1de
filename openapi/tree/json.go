package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxDepth is how many levels deep the values of a document may be nested.
const MaxDepth = 500

// maxValues is how many values a document may have: many times what upstream's have, and
// little enough for two of them to stay within the memory of a small machine.
const maxValues = 4_000_000

var (
	errTooMany = fmt.Errorf("it has more than %d values", maxValues)
	errTooDeep = fmt.Errorf("it is nested more than %d levels deep", MaxDepth)
)

// ParseJSON reads one JSON value. Its errors name the place. A name that an object has
// twice, and what is too deep or too large, is an error.
func ParseJSON(data []byte) (*Value, error) {
	p := parser{dec: jsontext.NewDecoder(bytes.NewReader(data))}
	v, err := p.value(0)
	if err != nil {
		return nil, fmt.Errorf("it is not valid JSON: %s", wording(err))
	}
	if _, err := p.dec.ReadToken(); err == nil {
		return nil, fmt.Errorf("it is not valid JSON: something follows its end, at byte %d", p.dec.InputOffset())
	} else if !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("it is not valid JSON: %s", wording(err))
	}
	return v, nil
}

// wording leaves the decoder's own name out of its errors.
func wording(err error) string { return strings.TrimPrefix(err.Error(), "jsontext: ") }

type parser struct {
	dec    *jsontext.Decoder
	values int
}

func (p *parser) value(depth int) (*Value, error) {
	if p.values++; p.values > maxValues {
		return nil, errTooMany
	}
	if depth > MaxDepth {
		return nil, errTooDeep
	}
	switch p.dec.PeekKind() {
	case '{':
		return p.object(depth)
	case '[':
		return p.array(depth)
	}
	raw, err := p.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	kinds := map[jsontext.Kind]Kind{'n': Null, 't': Bool, 'f': Bool, '0': Number, '"': String}
	return &Value{Kind: kinds[raw.Kind()], literal: string(raw)}, nil
}

func (p *parser) object(depth int) (*Value, error) {
	if _, err := p.dec.ReadToken(); err != nil {
		return nil, err
	}
	v := &Value{Kind: Object}
	for p.dec.PeekKind() != '}' {
		name, err := p.dec.ReadToken()
		if err != nil {
			return nil, err
		}
		text := name.String() // before the next token is read
		member, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		v.Members = append(v.Members, Member{text, member})
	}
	_, err := p.dec.ReadToken()
	return v, err
}

func (p *parser) array(depth int) (*Value, error) {
	if _, err := p.dec.ReadToken(); err != nil {
		return nil, err
	}
	v := &Value{Kind: Array}
	for p.dec.PeekKind() != ']' {
		item, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		v.Items = append(v.Items, item)
	}
	_, err := p.dec.ReadToken()
	return v, err
}
