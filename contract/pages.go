package contract

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"

	"github.com/dustin/go-humanize/english"
	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/cases"
	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

const (
	pageSize = 2   // small, so that there are several pages
	pageMost = 100 // a list that is longer is not held against its pages
)

// pages reads lists by pages.
type pages struct{ *run }

// check checks that the pages of a list make up the list.
func (r *pages) check(ctx context.Context, one wire.Call) {
	if !one.Op.TakesQuery("page") || !one.Op.TakesQuery("pageSize") {
		return
	}
	limit := spec.Merged(one.Op.Parameter(openapi3.ParameterInQuery, "pageSize").Schema)
	if limit != nil && limit.Max != nil && *limit.Max < pageMost {
		return
	}
	if _, element := spec.ElementsOf(one.Op); r.elementID(element, one.Op) == "" {
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
		r.find(spec.Problem{
			Class: report.List, Key: "pages", Fault: "has other things on its pages than in the whole",
			Expected: english.Plural(len(whole), "thing", "") + ", each once", Got: fmt.Sprint(len(parts), " on the pages"), Place: one.Op.Place,
		}, ofPage(one, 1, pageSize), ofPage(one, 2, pageSize))
	}
	if total != "" && total != fmt.Sprint(len(whole)) {
		r.find(spec.Problem{
			Class: report.List, Key: "total", Fault: "tells another total than the list has",
			Expected: fmt.Sprint(len(whole)), Got: total, Place: one.Op.Place,
		}, ofPage(one, 1, pageMost))
	}
}

// page reads one page: the ids on it, and the total that it tells, "" if it tells none;
// not ok if the answer is not as the spec says.
func (r *pages) page(ctx context.Context, one wire.Call, n, size int) (ids []string, total string, ok bool) {
	at, element := spec.ElementsOf(one.Op)
	id := r.elementID(element, one.Op)
	one = ofPage(one, n, size)
	_, value := r.send(ctx, one, cases.Taken)
	elements, _ := spec.Dig(value, at).([]any)
	for _, e := range elements {
		ids = append(ids, fmt.Sprint(spec.Dig(e, []string{id})))
	}
	if len(ids) > size {
		r.find(spec.Problem{Class: report.List, Key: "page size", Fault: "has more on a page than was asked for", Expected: fmt.Sprint(size), Got: fmt.Sprint(len(ids)), Place: one.Op.Place}, one)
	}
	if len(at) > 0 {
		around, _ := spec.Dig(value, at[:len(at)-1]).(map[string]any)
		total = r.told(around["pagination"], n, size, one)
	}
	return ids, total, value != nil
}

// told checks what an answer says of its page, and returns the total that it tells, "" if none.
func (r *pages) told(pagination any, n, size int, one wire.Call) (total string) {
	tells := func(name string) (float64, bool) {
		text, ok := spec.Dig(pagination, []string{name}).(json.Number)
		number, err := text.Float64()
		return number, ok && err == nil
	}
	is := map[string]float64{"page": float64(n), "pageSize": float64(size)}
	if results, ok := tells("totalResults"); ok {
		total = fmt.Sprint(results)
		if results > 0 {
			is["totalPageCount"] = math.Ceil(results / float64(size))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if told, ok := tells(name); ok && told != is[name] {
			r.find(spec.Problem{Class: report.List, Key: name, Fault: "tells another " + name + " than it has", Expected: fmt.Sprint(is[name]), Got: fmt.Sprint(told), Place: one.Op.Place}, one)
		}
	}
	return total
}

func ofPage(one wire.Call, n, size int) wire.Call {
	query := url.Values{"page": {fmt.Sprint(n)}, "pageSize": {fmt.Sprint(size)}}
	for name, values := range one.Query {
		if !query.Has(name) {
			query[name] = values
		}
	}
	one.Query = query
	one.What = fmt.Sprintf("a valid request (page %d of %d each)", n, size)
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
