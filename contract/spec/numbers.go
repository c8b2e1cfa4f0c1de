package spec

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// Instant reads a time as RFC 3339, 5.6 has it: T and Z may be in lower case, and a minute may
// have a second more.
func Instant(text string) (time.Time, error) {
	text = strings.ToUpper(text)
	const second = len("2006-01-02T15:04:")
	if len(text) > second+2 && text[second:second+2] == "60" {
		at, err := time.Parse(time.RFC3339Nano, text[:second]+"59"+text[second+2:])
		return at.Add(time.Second), err
	}
	return time.Parse(time.RFC3339Nano, text)
}

// Rational is the exact value of a number; one with an exponent is taken as near as
// a float comes, since its digits could fill all memory.
func Rational(value any) (*big.Rat, bool) {
	switch value.(type) {
	case json.Number, float64, int, int64:
	default:
		return nil, false
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil, false
	}
	if bytes.ContainsAny(text, "eE") {
		near, err := strconv.ParseFloat(string(text), 64)
		return new(big.Rat).SetFloat64(near), err == nil
	}
	return new(big.Rat).SetString(string(text))
}
