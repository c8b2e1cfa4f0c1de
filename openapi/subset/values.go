package subset

import (
	"math/big"
	"regexp"
	"unicode/utf8"

	"attributed/openapi/tree"
)

// valid reports whether schema b is known to allow the value v, which is not null.
func (p *Prover) valid(v, b *tree.Value) bool { return p.validAt(v, b, 0) }

func (p *Prover) validAt(v, b *tree.Value, depth int) bool {
	b = p.to.Resolved(b)
	if b == nil {
		return true
	}
	if p.text && isAnyText(b) {
		return true
	}
	if typeOf(v)&typesOf(b) == 0 || depth > 100 {
		return false
	}
	if not := b.Get("not"); not != nil && !p.disjoint(&shape{types: typeOf(v), enum: []*tree.Value{v}}, not, 0) {
		return false
	}
	if enum := b.Get("enum"); enum.Is(tree.Array) && !p.isListed(enum, v) {
		return false
	}
	for _, part := range b.Get("allOf").Elements() {
		if !p.validAt(v, part, depth+1) {
			return false
		}
	}
	for keyword, most := range map[string]int{"anyOf": len(b.Get("anyOf").Elements()), "oneOf": 1} {
		if union := b.Get(keyword); union.Is(tree.Array) {
			n := 0
			for _, branch := range union.Items {
				if p.validAt(v, branch, depth+1) {
					n++
				}
			}
			if n == 0 || n > most {
				return false
			}
		}
	}
	return p.validScalar(v, b)
}

func (p *Prover) validScalar(v, b *tree.Value) bool {
	switch {
	case v.Is(tree.String):
		text := v.Str()
		n := utf8.RuneCountInString(text)
		low, high := b.Get("minLength").Rat(), b.Get("maxLength").Rat()
		length := big.NewRat(int64(n), 1)
		if low != nil && length.Cmp(low) < 0 || high != nil && length.Cmp(high) > 0 {
			return false
		}
		if pattern := b.Get("pattern"); pattern != nil {
			matches, err := regexp.MatchString(pattern.Str(), text)
			return err == nil && matches
		}
		return true
	case v.Is(tree.Number):
		step, r := b.Get("multipleOf").Rat(), v.Rat()
		if r == nil || step != nil && step.Sign() > 0 && !new(big.Rat).Quo(r, step).IsInt() {
			return false
		}
		exact := &shape{types: typeOf(v), parts: []*tree.Value{tree.Obj(tree.Member{Name: "minimum", Value: v}, tree.Member{Name: "maximum", Value: v})}}
		withoutStep := b.Clone()
		withoutStep.Delete("multipleOf")
		return len(p.numbers(exact, withoutStep, "")) == 0
	case v.Is(tree.Bool):
		return true
	}
	return b.Get("enum").Is(tree.Array) && p.isListed(b.Get("enum"), v) // what a list or an object may be is not looked into
}
