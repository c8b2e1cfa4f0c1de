package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// everything is a shape that keeps all.
var everything = shapeOf(allOf(nil))

func TestNumbersAreKept(t *testing.T) {
	for literal, want := range map[string]json.Number{
		"0": "0", "-0": "-0", "1.0": "1", "1e2": "100", "-12.0E+1": "-120", "-0.0": "0", "1.5": "1.5", "1e-1": "1e-1",
		"9007199254740993": "9007199254740993", "9007199254740992.0": "9007199254740992", "1e16": "1e16",
		"1e999999999": "1e999999999", "-1e999": "-1e999", "1E-999": "0",
		strings.Repeat("9", 1000): json.Number(strings.Repeat("9", 1000)),
	} {
		var f faults
		if got, err := decode([]byte(literal), everything, &f); err != nil || got != want {
			t.Errorf("%.20s: %v, %v, want %.20s", literal, got, err, want)
		}
	}
}

func TestPlacesOfAnyBodyAreShort(t *testing.T) {
	var f faults
	if _, err := decode([]byte(strings.Repeat(`{"`+strings.Repeat("n", 60)+`":[`, 30)+`"\u0000"`+strings.Repeat("]}", 30)), everything, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.list) != 1 || len(f.list[0].place) > 300 {
		t.Errorf("%v", f.list)
	}
}

// FuzzDecode holds the decoder against encoding/json: what is accepted is read
// the same, and what is not is no JSON, or one of the things refused on purpose.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		string(bodyWith(2, 1)), `null`, `[1.50,-0,1e400,{"a":[]}]`, `{"a":1,"a":[2]}`, `"\ud83d\ude00\u0000"`, `"\ud800"`,
		"\ufeff{}", "{} {}", strings.Repeat("[", 64) + strings.Repeat("]", 64), "\"\xff\"", " ", `{"users":[1,1],"name":{"a":[1]}}`,
	} {
		f.Add([]byte(seed))
	}
	op := effectiveOperations(f)["createUserAttribute"]
	f.Fuzz(func(t *testing.T, data []byte) {
		var all, some faults
		got, err := decode(data, everything, &all)
		if _, shaped := decode(data, op.body, &some); (shaped == nil) != (err == nil) {
			t.Fatalf("whether it is JSON depends on the shape: %v, %v", err, shaped)
		}
		if !reflect.DeepEqual(all, some) {
			t.Fatalf("faults depend on the shape: %v, %v", all, some)
		}
		if judged := judge(op, data); judged != nil && answerTo(judged).status >= 500 {
			t.Fatalf("a bug: %v", judged)
		}
		want, wantErr := decodeByStandard(data)
		if err != nil {
			if _, ok := errors.AsType[answer](err); !ok {
				t.Fatalf("no answer: %v", err)
			}
			if wantErr == nil && utf8.Valid(data) && !strings.Contains(err.Error(), "64 levels") && !bytes.Contains(bytes.ToLower(data), []byte(`\ud`)) {
				t.Fatalf("refused, but is JSON: %v", err)
			}
			return
		}
		if wantErr != nil {
			t.Fatalf("accepted, but is no JSON: %v", wantErr)
		}
		if !same(got, want) {
			t.Fatalf("got %#v, want %#v", got, want)
		}
	})
}

func decodeByStandard(data []byte) (value any, err error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !json.Valid(data) {
		return nil, errors.New("not valid")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	err = d.Decode(&value)
	return value, err
}

// same compares values; numbers by what they are, not how they are written.
func same(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name := range a {
			if other, ok := b[name]; !ok || !same(a[name], other) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !same(a[i], b[i]) {
				return false
			}
		}
		return true
	case json.Number:
		b, ok := b.(json.Number)
		m, _ := a.Float64()
		n, _ := b.Float64()
		return ok && (m == n || math.IsNaN(m) && math.IsNaN(n))
	}
	return a == b
}
