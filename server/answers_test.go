package server

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"sync"
	"testing"
	"time"

	"attributed/gen"
	"attributed/store"
)

// listed are attributes of many forms.
func listed() []store.UserAttribute {
	described, none := "Where a <customer> is", ""
	return []store.UserAttribute{
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
}

func TestListIsWhatTheGeneratedCodeWouldAnswer(t *testing.T) {
	attributes := listed()
	for n := range len(attributes) + 1 {
		got, want := httptest.NewRecorder(), httptest.NewRecorder()
		if err := write(got, attributes[:n]); err != nil {
			t.Fatal(err)
		}
		generated := gen.GetUserAttributes200JSONResponse{Body: gen.ApiUserAttributesResponse{Status: "ok", Results: each(attributes[:n], generatedFrom)}}
		if err := generated.VisitGetUserAttributesResponse(want); err != nil {
			t.Fatal(err)
		}
		sameAnswer(t, got, want)
	}
}

// write writes a list that is read from memory.
func write(w http.ResponseWriter, attributes []store.UserAttribute) error {
	l := listStream{w: w, reading: newPatience(context.Background(), time.Minute), all: newMemory(1, 0), long: &sync.Map{}, stall: time.Minute}
	defer l.release()
	if err := l.begin(); err != nil {
		return err
	}
	for _, one := range attributes {
		if err := l.add(&one); err != nil {
			return err
		}
	}
	return l.end()
}

func TestOneIsWhatTheGeneratedCodeWouldAnswer(t *testing.T) {
	for _, attribute := range listed() {
		got, want := httptest.NewRecorder(), httptest.NewRecorder()
		if err := (userAttributeAnswer{attribute}).VisitGetUserAttributeResponse(got); err != nil {
			t.Fatal(err)
		}
		generated := gen.GetUserAttribute200JSONResponse{
			Body:    gen.ApiCreateUserAttributeResponse{Status: "ok", Results: generatedFrom(attribute)},
			Headers: gen.GetUserAttribute200ResponseHeaders{ETag: versionOf(attribute)},
		}
		if err := generated.VisitGetUserAttributeResponse(want); err != nil {
			t.Fatal(err)
		}
		sameAnswer(t, got, want)
		if got.Header().Get("ETag") != want.Header().Get("ETag") {
			t.Errorf("%s, and as it is compared %s", got.Header().Get("ETag"), want.Header().Get("ETag"))
		}
	}
}

func TestValuesInEffectAreWhatTheGeneratedCodeWouldAnswer(t *testing.T) {
	group := "g"
	values := []store.EffectiveValue{{Value: "<", Source: store.FromUser}, {Value: `"EMEA"`, Source: store.FromGroup, GroupUUID: group}, {Source: store.FromDefault}}
	generated := []gen.EffectiveValue{{Value: "<", Source: "user"}, {Value: `"EMEA"`, Source: "group", GroupUuid: &group}, {Source: "default"}}
	attributes, results := []store.EffectiveAttribute{}, []gen.EffectiveUserAttribute{}
	for from := range values {
		for to := from; to <= len(values); to++ {
			attributes = append(attributes, store.EffectiveAttribute{UserAttributeUUID: "u", Name: "sales\u2028", Values: values[from:to]})
			results = append(results, gen.EffectiveUserAttribute{UserAttributeUuid: "u", Name: "sales\u2028", Values: generated[from:to]})
		}
	}
	for n := range len(attributes) + 1 {
		got, want := httptest.NewRecorder(), httptest.NewRecorder()
		if err := (effectiveAnswer{attributes[:n]}).VisitGetUserAttributeValuesResponse(got); err != nil {
			t.Fatal(err)
		}
		answer := gen.GetUserAttributeValues200JSONResponse{Body: gen.ApiUserAttributeValuesResponse{Status: "ok", Results: results[:n]}}
		if err := answer.VisitGetUserAttributeValuesResponse(want); err != nil {
			t.Fatal(err)
		}
		sameAnswer(t, got, want)
	}
}

func sameAnswer(t *testing.T, got, want *httptest.ResponseRecorder) {
	t.Helper()
	if got.Code != want.Code || !reflect.DeepEqual(decoded(t, got), decoded(t, want)) {
		t.Errorf("%d %s\nwant %d %s", got.Code, got.Body, want.Code, want.Body)
	}
}

// generatedFrom is the generated form of an attribute, from which the generated answers are made.
func generatedFrom(a store.UserAttribute) gen.UserAttribute {
	generated := gen.UserAttribute{
		Uuid:             a.UUID,
		CreatedAt:        timeFrom(a.CreatedAt),
		OrganizationUuid: a.OrganizationUUID,
		Name:             a.Name,
		Users: each(a.Users, func(v store.UserValue) gen.UserAttributeValue {
			return gen.UserAttributeValue{UserUuid: v.UserUUID, Value: first(v.Values), Values: v.Values, Email: v.Email}
		}),
		Groups: each(a.Groups, func(v store.GroupValue) gen.GroupAttributeValue {
			return gen.GroupAttributeValue{GroupUuid: v.GroupUUID, Value: first(v.Values), Values: v.Values}
		}),
	}
	if a.Defaults != nil {
		one := first(a.Defaults)
		generated.AttributeDefault, generated.AttributeDefaults = &one, &a.Defaults
	}
	if a.Description != nil && *a.Description != "" {
		generated.Description = a.Description
	}
	return generated
}

func decoded(t *testing.T, r *httptest.ResponseRecorder) (body any) {
	t.Helper()
	if err := json.Unmarshal(r.Body.Bytes(), &body); err != nil {
		t.Fatalf("%v in %s", err, r.Body)
	}
	return body
}
