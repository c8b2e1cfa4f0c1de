package server

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const maxFaults = 100 // that one answer names

// faults collects what is wrong with a request: one sentence for each place, at
// most maxFaults of them.
type faults struct{ list []fault }

type fault struct {
	place   string // body.users[3].value
	message string // the rest of a sentence that the place begins: "is missing"
}

// full reports whether looking any further is of no use.
func (f *faults) full() bool { return len(f.list) >= maxFaults }

// add notes a fault, unless that place has one already.
func (f *faults) add(place, message string) {
	has := func(other fault) bool { return other.place == place }
	if f.full() || slices.ContainsFunc(f.list, has) {
		return
	}
	f.list = append(f.list, fault{place, message})
}

// err returns the answer to a request with these faults, nil if there are none.
func (f *faults) err() error {
	if len(f.list) == 0 {
		return nil
	}
	slices.SortFunc(f.list, func(a, b fault) int { return compareNatural(a.place, b.place) })
	return unprocessable(f.list)
}

const maxPlace = 200 // bytes after which a place is named no further

var plainName = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$-]{0,63}$`)

// memberPlace names a member of an object. A name that no sensible client sends
// is quoted and cut, so that it can do no harm where it is shown.
func memberPlace(parent, name string) string {
	if len(parent) > maxPlace {
		return parent
	}
	if plainName.MatchString(name) {
		return parent + "." + name
	}
	return parent + "[" + strconv.Quote(shortName(name)) + "]"
}

// shortName cuts a name that is longer than any that is shown.
func shortName(name string) string {
	const longest = 64
	characters := 0
	for i := range name {
		if characters++; characters > longest {
			return name[:i] + "…"
		}
	}
	return name
}

// elementPlace names an element of an array.
func elementPlace(parent string, index int) string {
	if len(parent) > maxPlace {
		return parent
	}
	return parent + "[" + strconv.Itoa(index) + "]"
}

// compareNatural orders places as a person would: users[2] before users[10].
func compareNatural(a, b string) int {
	for a != "" && b != "" {
		m, n := digits(a), digits(b)
		if m > 0 && n > 0 {
			if order := cmp.Or(cmp.Compare(m, n), strings.Compare(a[:m], b[:n])); order != 0 {
				return order
			}
			a, b = a[m:], b[n:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

// digits counts those that s begins with.
func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }
