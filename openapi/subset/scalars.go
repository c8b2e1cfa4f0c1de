package subset

import (
	"math/big"
	"slices"

	"attributed/openapi/tree"
)

// scalars proves what b says of texts and numbers, and that it lists no values.
func (p *Prover) scalars(s *shape, b *tree.Value, place string) []Failure {
	if b.Get("enum").Is(tree.Array) {
		return fail(place, "enum", "other values than %s are %s", listed(b.Get("enum").Items), p.was("allowed", "possible"))
	}
	var failures []Failure
	if s.types&stringType != 0 {
		failures = append(failures, p.bounds(s, b, place, "minLength", "maxLength", "texts")...)
		failures = append(failures, p.same(s, b, place, "pattern")...)
	}
	if s.types&(integerType|fractionType) != 0 {
		failures = append(failures, p.numbers(s, b, place)...)
	}
	return append(failures, p.format(s, b, place)...)
}

// bound returns the strictest value that the parts of a set have of a keyword, or nil.
func (s *shape) bound(keyword string, stricter int) *big.Rat {
	var strictest *big.Rat
	for _, part := range s.parts {
		if r := part.Get(keyword).Rat(); r != nil && (strictest == nil || r.Cmp(strictest) == stricter) {
			strictest = r
		}
	}
	return strictest
}

// bounds proves a pair of limits on a length or a number of members.
func (p *Prover) bounds(s *shape, b *tree.Value, place, low, high, what string) []Failure {
	var failures []Failure
	limit := b.Get(low).Rat()
	if has := s.bound(low, 1); limit != nil && limit.Sign() > 0 && (has == nil || has.Cmp(limit) < 0) && !(low == "minProperties" && s.requires(limit)) {
		failures = append(failures, fail(place, low, "%s below a %s of %s are %s", what, low, limit.RatString(), p.was("allowed", "possible"))...)
	}
	limit = b.Get(high).Rat()
	if has := s.bound(high, -1); limit != nil && (has == nil || has.Cmp(limit) > 0) && !(high == "maxProperties" && s.namesAtMost(limit)) {
		failures = append(failures, fail(place, high, "%s above a %s of %s are %s", what, high, limit.RatString(), p.was("allowed", "possible"))...)
	}
	return failures
}

func (s *shape) requires(limit *big.Rat) bool {
	return big.NewRat(int64(len(s.required)), 1).Cmp(limit) >= 0
}

// namesAtMost reports whether there are no properties but named ones, and no more of those.
func (s *shape) namesAtMost(limit *big.Rat) bool {
	return s.closed() && big.NewRat(int64(len(s.names())), 1).Cmp(limit) <= 0
}

// same proves a keyword of which nothing follows but itself.
func (p *Prover) same(s *shape, b *tree.Value, place, keyword string) []Failure {
	want := b.Get(keyword)
	isSame := func(part *tree.Value) bool { return p.from.Canonical(part, keyword) == p.to.Canonical(b, keyword) }
	if want == nil || slices.ContainsFunc(s.parts, isSame) {
		return nil
	}
	return fail(place, keyword, "values that do not keep to the %s%s are %s, as far as can be told", keyword, want.Brief(" "), p.was("allowed", "possible"))
}

// end is an end of a range of numbers.
type end struct {
	keyword, exclusive string
	stricter           int // the sign of what is stricter than another one
}

var ends = []end{{"minimum", "exclusiveMinimum", 1}, {"maximum", "exclusiveMaximum", -1}}

// of returns a schema's limit, and whether it is itself left out. Of whole numbers the
// outermost one is given, which never is.
func (e end) of(schema *tree.Value, whole bool) (limit *big.Rat, exclusive bool) {
	limit, exclusive = schema.Get(e.keyword).Rat(), schema.Get(e.exclusive).True()
	if limit == nil || !whole {
		return limit, exclusive
	}
	outermost, rest := new(big.Int).DivMod(limit.Num(), limit.Denom(), new(big.Int))
	switch {
	case rest.Sign() > 0 && e.stricter > 0:
		outermost.Add(outermost, big.NewInt(1))
	case rest.Sign() == 0 && exclusive:
		outermost.Add(outermost, big.NewInt(int64(e.stricter)))
	}
	return new(big.Rat).SetInt(outermost), false
}

// numbers proves minimum, maximum and multipleOf.
func (p *Prover) numbers(s *shape, b *tree.Value, place string) []Failure {
	var failures []Failure
	for _, end := range ends {
		whole := s.types&fractionType == 0
		limit, exclusive := end.of(b, whole)
		if limit == nil {
			continue
		}
		kept := slices.ContainsFunc(s.parts, func(part *tree.Value) bool {
			r, alsoExclusive := end.of(part, whole)
			if r == nil {
				return false
			}
			c := r.Cmp(limit) * end.stricter
			return c > 0 || c == 0 && (!exclusive || alsoExclusive)
		})
		if !kept {
			failures = append(failures, fail(place, end.keyword, "numbers beyond a %s of %s are %s", end.keyword, limit.RatString(), p.was("allowed", "possible"))...)
		}
	}
	step := b.Get("multipleOf").Rat()
	if step == nil || step.Sign() <= 0 {
		return failures
	}
	divides := func(part *tree.Value) bool {
		r := part.Get("multipleOf").Rat()
		return r != nil && new(big.Rat).Quo(r, step).IsInt()
	}
	wholeOnly := s.types&fractionType == 0 && new(big.Rat).Inv(step).IsInt()
	if !wholeOnly && !slices.ContainsFunc(s.parts, divides) {
		failures = append(failures, fail(place, "multipleOf", "numbers that are no multiple of %s are %s", step.RatString(), p.was("allowed", "possible"))...)
	}
	return failures
}

// wider lists, for each format, the formats that allow all of its values. A format that has
// "" among them restricts nothing.
var wider = map[string][]string{"int32": {"int64"}, "float": {"double", ""}, "double": {"", "float"}, "password": {""}}

// format proves that b has a format that each value has. A client may rely on a
// format in an answer, and a server may refuse a request that is not in it.
func (p *Prover) format(s *shape, b *tree.Value, place string) []Failure {
	want := b.Get("format").Str()
	if want == "" || slices.Contains(wider[want], "") || want == "integer" && s.types == integerType {
		return nil // as upstream has it, integer is a format of numbers
	}
	for _, part := range s.parts {
		if has := part.Get("format").Str(); has == want || slices.Contains(wider[has], want) {
			return nil
		}
	}
	return fail(place, "format", "values that are not in the format %s are %s", want, p.was("allowed", "possible"))
}
