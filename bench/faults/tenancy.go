package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"attributed/store"

	"attributed/bench/witness"
)

// What another organization has.
const (
	otherOrganization = "0a1c0000-0000-4000-8000-000000000001"
	otherUser         = "0a1c0000-0000-4000-8000-000000000002"
	otherGroup        = "0a1c0000-0000-4000-8000-000000000003"
	otherAttribute    = "0a1c0000-0000-4000-8000-000000000004"

	nobodys = "0b1c0000-0000-4000-8000-000000000000" // what nobody has
)

// othersRows puts them into a database.
var othersRows = []string{
	`INSERT INTO organizations (organization_uuid, organization_name) VALUES ('` + otherOrganization + `', 'Other')`,
	`INSERT INTO users (user_uuid, first_name, last_name) VALUES ('` + otherUser + `', 'O', 'ther')`,
	`INSERT INTO organization_memberships (user_id, organization_id) SELECT user_id, organization_id FROM users, organizations WHERE user_uuid = '` + otherUser + `' AND organization_uuid = '` + otherOrganization + `'`,
	`INSERT INTO groups (group_uuid, name, organization_id) SELECT '` + otherGroup + `', 'Others', organization_id FROM organizations WHERE organization_uuid = '` + otherOrganization + `'`,
	`INSERT INTO user_attributes (user_attribute_uuid, name, organization_id, created_at) SELECT '` + otherAttribute + `', 'others', organization_id, '2026-01-01 00:00:00' FROM organizations WHERE organization_uuid = '` + otherOrganization + `'`,
}

// timed is how long it took to answer calls with ids of another organization, and with unknown ones.
type timed struct{ unknown, others time.Duration }

// mayDiffer is by which part the one may be longer than the other.
const mayDiffer = 0.2

// probe is a call with ids, one of which may be somebody else's.
type probe struct {
	name, method string
	path         string // ID is where an id goes
	body         any
	with         string // the id of the other organization's
}

// probes are the calls that take ids of attributes, users and groups, as an admin's.
func probes() []*probe {
	whole := map[string]any{"name": "n", "attributeDefault": nil, "users": []any{}, "groups": []any{}}
	value := map[string]any{"value": "v"}
	one := witness.AttributesPath + "/ID"
	return []*probe{
		{"get an attribute", http.MethodGet, one, nil, otherAttribute},
		{"update one", http.MethodPut, one, whole, otherAttribute},
		{"remove one", http.MethodDelete, one, nil, otherAttribute},
		{"set many values of one", http.MethodPut, one + "/values", map[string]any{"users": []any{map[string]any{"userUuid": store.DemoUserUUID, "value": "v"}}}, otherAttribute},
		{"set a user's value of one", http.MethodPut, one + "/users/" + store.DemoUserUUID, value, otherAttribute},
		{"clear a group's value of one", http.MethodDelete, one + "/groups/" + store.DemoGroupUUID, nil, otherAttribute},
		{"a user's values in effect", http.MethodGet, "/api/v1/org/users/ID/attributes", nil, otherUser},
		{"set the value of a user", http.MethodPut, witness.AttributesPath + "/OURS/users/ID", value, otherUser},
		{"set the value of a group", http.MethodPut, witness.AttributesPath + "/OURS/groups/ID", value, otherGroup},
	}
}

// probe makes the call with another organization's id and with an unknown one by turns, and
// looks for a difference.
func (p *probe) probe(ctx context.Context, t *trial, r *row) (err error) {
	server, err := t.start(ctx, r.engine)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	w := witness.NewWriters(r.engine.token, 1)
	w.Caller.Base = server.Base
	w.All[0].Write(ctx, w.Caller)
	found, err := witness.Listed(ctx, w.Caller, "")
	if err != nil {
		return err
	}
	path := p.path
	for _, ours := range found {
		path = strings.ReplaceAll(path, "OURS", ours.UUID)
	}
	var times [2][]time.Duration
	var answers [2]witness.Answer
	for range t.times(20, 200) {
		for i, id := range []string{nobodys, p.with} {
			answers[i] = w.Caller.Call(ctx, p.method, strings.ReplaceAll(path, "ID", id), p.body)
			times[i] = append(times[i], answers[i].Took)
			r.Must(answers[i].Status == http.StatusNotFound, "%s: %d %s", id, answers[i].Status, answers[i].Body)
		}
		r.Must(string(answers[0].Body) == string(answers[1].Body), "the answers are %s and %s", answers[0].Body, answers[1].Body)
	}
	r.tried++
	for i := range times {
		slices.Sort(times[i])
	}
	r.timed = &timed{times[0][len(times[0])/2], times[1][len(times[1])/2]}
	r.Must(t.short || r.timed.part() <= 1+mayDiffer, "the median time to an answer to unknown ids is %s, and to another organization's %s", r.timed.unknown, r.timed.others)
	return errors.Join(w.Settle(ctx, &r.Findings), w.Leave(ctx))
}

// part is the longer one as a multiple of the shorter.
func (t timed) part() float64 {
	return float64(max(t.unknown, t.others)) / float64(min(t.unknown, t.others))
}

// addOthers puts another organization's rows into both databases.
func (t *trial) addOthers(ctx context.Context) error {
	if err := t.run(othersRows...)(ctx, nil); err != nil {
		return err
	}
	file, err := openFile(ctx, t.sqlite, othersRows...)
	if err != nil {
		return err
	}
	return file.Close()
}
