package rest

import "testing"

func TestPreferred(t *testing.T) {
	for header, want := range map[string]preference{
		"":                                {},
		"code=404":                        {code: 404},
		"CODE = \"404\"":                  {code: 404},
		"code=404, code=500":              {code: 404},
		"respond-async;x=1, code=404;y=2": {code: 404},
		"example=small":                   {example: "small"},
		`example="a, b", code=201`:        {code: 201, example: "a, b"},
		"code=x":                          {},
		"code=1000":                       {},
		"code":                            {},
	} {
		if got := preferred([]string{header}); got != want {
			t.Errorf("%s: %+v, want %+v", header, got, want)
		}
	}
	if got := preferred([]string{"code=404", "example=a"}); got != (preference{404, "a"}) {
		t.Errorf("two headers: %+v", got)
	}
}
