package contract

import (
	"context"
	"fmt"
	"net/url"

	"github.com/getkin/kin-openapi/openapi3"
)

const (
	pageSize = 2   // small, so that there are several pages
	pageMost = 100 // a list that is longer is not held against its pages
)

// elementsOf is the list in an operation's answers: of things with ids where there is
// one, else of any objects.
func elementsOf(op *operation) (at []string, element *openapi3.Schema) {
	if at, element = objectIn(op.answered(), "", true); element != nil {
		return at, element
	}
	return listIn(op.answered())
}

// pages wants the pages of a list to be the list.
func (r *run) pages(ctx context.Context, one call) {
	if !one.op.takesQuery("page") || !one.op.takesQuery("pageSize") {
		return
	}
	limit := merged(one.op.parameter(openapi3.ParameterInQuery, "pageSize").Schema)
	if limit != nil && limit.Max != nil && *limit.Max < pageMost {
		return
	}
	if _, element := elementsOf(one.op); r.elementID(element, one.op) == "" {
		return
	}
	whole, total, ok := r.page(ctx, one, 1, pageMost)
	if !ok || len(whole) >= pageMost {
		return
	}
	var parts []string
	for n := 1; n <= pageMost/pageSize; n++ {
		part, _, ok := r.page(ctx, one, n, pageSize)
		if !ok {
			return // which has been told
		}
		if parts = append(parts, part...); len(part) < pageSize {
			break
		}
	}
	if again, _, ok := r.page(ctx, one, 1, pageMost); !ok || !sameSet(whole, again) || ctx.Err() != nil {
		return // somebody else changes it meanwhile
	}
	if !sameSet(whole, parts) {
		r.find(problem{
			class: List, key: "pages", fault: "has other things on its pages than in the whole",
			expected: counted(len(whole), "thing") + ", each once", got: fmt.Sprint(len(parts), " on the pages"), place: one.op.place,
		}, ofPage(one, 1, pageSize), ofPage(one, 2, pageSize))
	}
	if total != "" && total != fmt.Sprint(len(whole)) {
		r.find(problem{
			class: List, key: "total", fault: "tells another total than the list has",
			expected: fmt.Sprint(len(whole)), got: total, place: one.op.place,
		}, ofPage(one, 1, pageMost))
	}
}

// page reads one page: the ids on it, and the total that it tells, "" if it tells none;
// not ok if the answer is not as the spec says.
func (r *run) page(ctx context.Context, one call, n, size int) (ids []string, total string, ok bool) {
	at, element := elementsOf(one.op)
	id := r.elementID(element, one.op)
	one = ofPage(one, n, size)
	_, value := r.send(ctx, one, taken)
	elements, _ := dig(value, at).([]any)
	for _, e := range elements {
		ids = append(ids, fmt.Sprint(dig(e, []string{id})))
	}
	if len(ids) > size {
		r.find(problem{class: List, key: "page size", fault: "has more on a page than was asked for", expected: fmt.Sprint(size), got: fmt.Sprint(len(ids)), place: one.op.place}, one)
	}
	if len(at) > 0 {
		around, _ := dig(value, at[:len(at)-1]).(map[string]any)
		if told := dig(around["pagination"], []string{"totalResults"}); told != nil {
			total = fmt.Sprint(told)
		}
	}
	return ids, total, value != nil
}

func ofPage(one call, n, size int) call {
	query := url.Values{"page": {fmt.Sprint(n)}, "pageSize": {fmt.Sprint(size)}}
	for name, values := range one.query {
		if !query.Has(name) {
			query[name] = values
		}
	}
	one.query = query
	one.what = fmt.Sprintf("a valid request (page %d of %d each)", n, size)
	return one
}

func sameSet(a, b []string) bool {
	count := map[string]int{}
	for _, x := range a {
		count[x]++
	}
	for _, x := range b {
		count[x]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}
