package server

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oapi-codegen/runtime"

	"attributed/gen"
	"attributed/store"
)

// bodyWith is a valid body with so many users and groups.
func bodyWith(users, groups int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"name":"sales_region","description":"Where a customer is","attributeDefault":null,"users":[`)
	for i := range users {
		fmt.Fprintf(&b, `%s{"userUuid":"5a1c0000-0000-4000-8000-%012d","value":"EMEA"}`, comma(i), i)
	}
	b.WriteString(`],"groups":[`)
	for i := range groups {
		fmt.Fprintf(&b, `%s{"groupUuid":"9b1c0000-0000-4000-8000-%012d","value":"EMEA"}`, comma(i), i)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

func judge(op *operation, data []byte) error {
	var f faults
	body, err := decode(data, op.body, &f)
	if err != nil {
		return err
	}
	op.body.check(body, &f)
	op.rules.check(body, &f)
	return f.err()
}

// BenchmarkValidation is what a good body costs between its bytes and the
// handler, binding left out: everything that no validation would not do.
func BenchmarkValidation(b *testing.B) {
	op := effectiveOperations(b)["createUserAttribute"]
	for _, shape := range []struct{ users, groups int }{{0, 0}, {10, 2}, {10_000, 0}} {
		data := bodyWith(shape.users, shape.groups)
		b.Run(fmt.Sprintf("users=%d/groups=%d", shape.users, shape.groups), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := judge(op, data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMillion refuses bodies of 5 MiB whose elements are all wrong, each in
// another place: under a second and under 100 MB is the promise.
func BenchmarkMillion(b *testing.B) {
	op := effectiveOperations(b)["createUserAttribute"]
	ones := "[" + strings.Repeat("1,", 5<<19-200) + "1]"
	for name, data := range map[string]string{
		"the body is the array": ones,
		"users":                 `{"name":"a","attributeDefault":null,"groups":[],"users":` + ones + `}`,
		"name":                  `{"name":` + ones + `,"attributeDefault":null,"groups":[],"users":[]}`,
		"an unknown field":      `{"name":"","attributeDefault":null,"groups":[],"users":[],"other":` + ones + `}`,
		"a user's value":        `{"name":"a","attributeDefault":null,"groups":[],"users":[{"userUuid":"","value":` + ones + `}]}`,
		"objects":               `{"name":"a","attributeDefault":null,"groups":[],"users":[` + strings.Repeat(`{"":1},`, 5<<20/7-20) + `{}]}`,
		"NULs":                  `{"other":[` + strings.Repeat(`"\u0000",`, 5<<20/9-20) + `""]}`,
		"NULs in one place":     `{"other":{` + strings.Repeat(`"k":"\u0000",`, 5<<20/13-20) + `"k":1}}`,
		"NULs under long names": `{"` + strings.Repeat("a", 1<<20) + `":{` + strings.Repeat(`"k":"\u0000",`, 4<<20/13-20) + `"k":1}}`,
		"unknown members":       `{` + strings.Repeat(`"a":1,`, 5<<20/6-20) + `"b":1}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := judge(op, []byte(data)); err == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}

// BenchmarkRefusal compares: to refuse costs at most three times what accepting a
// body of that size does, however many of its elements are at fault.
func BenchmarkRefusal(b *testing.B) {
	op := effectiveOperations(b)["createUserAttribute"]
	good := bodyWith(10_000, 0)
	for _, body := range []struct {
		name string
		data []byte
	}{
		{"good", good},
		{"one fault", bytes.Replace(good, []byte(`"sales_region"`), []byte(`""            `), 1)},
		{"last element", bytes.Replace(good, []byte(`"EMEA"}]`), []byte(`5     }]`), 1)},
		{"every element", bytes.ReplaceAll(good, []byte(`"EMEA"`), []byte(`{    }`))},
		{"every uuid", bytes.ReplaceAll(good, []byte(`"5a1c0000-`), []byte(`"5a1c0000_`))},
	} {
		b.Run(body.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := judge(op, body.data); (err == nil) != (body.name == "good") {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDecode is what follows validation: the checked body becomes what the
// handler is given, and that what the store is given.
func BenchmarkDecode(b *testing.B) {
	op := effectiveOperations(b)["createUserAttribute"]
	for _, shape := range []struct{ users, groups int }{{0, 0}, {10, 2}, {10_000, 0}} {
		var f faults
		checked, err := decode(bodyWith(shape.users, shape.groups), op.body, &f)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("users=%d/groups=%d", shape.users, shape.groups), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var body gen.CreateUserAttribute
				if err := runtime.BindJSONValue(checked, &body); err != nil {
					b.Fatal(err)
				}
				if draft := draftFrom(body); len(draft.Users) != shape.users {
					b.Fatal(draft)
				}
			}
		})
	}
}

// BenchmarkEncode is an attribute on its way out: its entity tag and its answer.
func BenchmarkEncode(b *testing.B) {
	for _, shape := range []struct{ users, groups int }{{0, 0}, {10, 2}, {10_000, 0}} {
		attribute := attributeWith(shape.users, shape.groups)
		b.Run(fmt.Sprintf("users=%d/groups=%d", shape.users, shape.groups), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := (userAttributeAnswer{attribute}).VisitCreateUserAttributeResponse(nowhere{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEncodeList is a list on its way out.
func BenchmarkEncodeList(b *testing.B) {
	for _, attributes := range []int{100, 1_000, 10_000} {
		list := slices.Repeat([]store.UserAttribute{attributeWith(10, 2)}, attributes)
		b.Run(fmt.Sprintf("attributes=%d", attributes), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := write(nowhere{}, list); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func attributeWith(users, groups int) store.UserAttribute {
	description := "Where a customer is"
	a := store.UserAttribute{
		UUID: "5a1c0000-0000-4000-8000-000000000000", CreatedAt: time.UnixMilli(1_800_000_000_000), OrganizationUUID: store.DemoOrganizationUUID,
		Draft: store.Draft{Name: "sales_region", Description: &description},
	}
	for i := range users {
		a.Users = append(a.Users, store.UserValue{UserUUID: fmt.Sprintf("5a1c0000-0000-4000-8000-%012d", i), Values: []string{"EMEA"}, Email: fmt.Sprintf("person%d@example.com", i)})
	}
	for i := range groups {
		a.Groups = append(a.Groups, store.GroupValue{GroupUUID: fmt.Sprintf("9b1c0000-0000-4000-8000-%012d", i), Values: []string{"EMEA"}})
	}
	return a
}

// nowhere is an http.ResponseWriter that keeps nothing.
type nowhere struct{}

func (nowhere) Header() http.Header            { return http.Header{} }
func (nowhere) WriteHeader(int)                {}
func (nowhere) Write(body []byte) (int, error) { return len(body), nil }
