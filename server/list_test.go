package server

import (
	"encoding/json"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"attributed/gen"
	"attributed/store"
)

func TestListIsWhatTheGeneratedCodeWouldAnswer(t *testing.T) {
	described, none := "Where a <customer> is", ""
	attributes := []store.UserAttribute{
		{UUID: "1", CreatedAt: time.UnixMilli(1_700_000_000_120), OrganizationUUID: "o", Draft: store.Draft{
			Name: `sales "region"`, Description: &described, Defaults: []string{},
			Users:  []store.UserValue{{UserUUID: "u", Values: []string{"EMEA\u2028", ""}, Email: "a@b.c"}, {UserUUID: "v", Values: []string{}}},
			Groups: []store.GroupValue{{GroupUUID: "g", Values: []string{"AMER", "AMER", "APAC"}}},
		}},
		{UUID: "2", Draft: store.Draft{Name: "country", Defaults: []string{"<", "d"}}},
		{UUID: "3", Draft: store.Draft{Name: "city\xff", Description: &none, Users: []store.UserValue{}}},
		attributeWith(1_000, 0), // more than is written at once
		attributeWith(0, 1),
	}
	for n := range len(attributes) + 1 {
		got, want := httptest.NewRecorder(), httptest.NewRecorder()
		if err := (userAttributeList{attributes: attributes[:n]}).VisitGetUserAttributesResponse(got); err != nil {
			t.Fatal(err)
		}
		generated := gen.GetUserAttributes200JSONResponse{Body: gen.ApiUserAttributesResponse{Status: "ok", Results: each(attributes[:n], userAttributeFrom)}}
		if err := generated.VisitGetUserAttributesResponse(want); err != nil {
			t.Fatal(err)
		}
		if got.Code != want.Code || !reflect.DeepEqual(decoded(t, got), decoded(t, want)) {
			t.Errorf("%d attributes: %d %s\nwant %d %s", n, got.Code, got.Body, want.Code, want.Body)
		}
	}
}

func decoded(t *testing.T, r *httptest.ResponseRecorder) (body any) {
	t.Helper()
	if err := json.Unmarshal(r.Body.Bytes(), &body); err != nil {
		t.Fatalf("%v in %s", err, r.Body)
	}
	return body
}
