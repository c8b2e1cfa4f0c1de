package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"

	"attributed/bench/program"
)

// effective is one measurement of one person's values in effect, of 100 attributes that each
// 1,000 users and 20 groups have a value of.
type effective struct {
	System  string
	People  int
	Callers int
	Round   int
	measured
	CPU float64 // milliseconds of the server's processors, a read
}

const effectiveAttributes = 100

// More people than the directory has; the first so many are in three groups each.
var morePeople = fmt.Sprintf(`
	INSERT INTO users (user_uuid, first_name, last_name)
	SELECT ('%[1]s' || %[2]d + n)::uuid, 'First ' || n, 'Last ' || n FROM generate_series(%[3]d, $1::integer - 1) AS n ON CONFLICT DO NOTHING`,
	userPrefix, int64(firstNumber), users)

var moreMembers = fmt.Sprintf(`
	INSERT INTO organization_memberships (user_id, organization_id)
	SELECT user_id, organization_id FROM users, organizations
	WHERE user_uuid::text LIKE '%[1]s%%' ON CONFLICT DO NOTHING`, userPrefix)

var memberships = fmt.Sprintf(`
	INSERT INTO group_memberships (group_uuid, user_id, organization_id)
	SELECT ('%[2]s' || %[3]d + (user_id + m) %% %[5]d)::uuid, user_id, organization_id
	FROM organization_memberships JOIN users USING (user_id), generate_series(0, 2) AS m
	WHERE user_uuid::text LIKE '%[1]s%%' ON CONFLICT DO NOTHING`, userPrefix, groupPrefix, int64(firstNumber), users, groups)

// effectives compares them with the same statement behind net/http and pgx, for more and more
// people. It is the last part that uses the directory, since they stay.
func (b *bench) effectives(ctx context.Context) error {
	if err := b.seed(ctx, effectiveAttributes, shape{1_000, 20}); err != nil {
		return err
	}
	for _, people := range b.plan.people {
		b.tell("  %d people", people)
		for _, statement := range []struct {
			text       string
			parameters []any
		}{{morePeople, []any{people}}, {moreMembers, nil}, {memberships, nil}, {`VACUUM ANALYZE`, nil}} {
			if _, err := b.rows.Exec(ctx, statement.text, statement.parameters...); err != nil {
				return err
			}
		}
		if err := b.effectivesOf(ctx, people); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) effectivesOf(ctx context.Context, people int) (err error) {
	servers := map[string]*program.Process{}
	for _, name := range []string{ceiling, attributed} {
		p, err := b.start(ctx, name, b.url)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.Stop()) }()
		servers[name] = p
	}
	for round := range b.plan.rounds {
		for _, callers := range []int{1, 32} {
			for _, system := range []string{ceiling, attributed} {
				one := effective{System: system, People: people, Callers: callers, Round: round}
				if err := b.effective(ctx, servers[system], &one); err != nil {
					return err
				}
				b.results.Effective = append(b.results.Effective, one)
			}
		}
	}
	return nil
}

func (b *bench) effective(ctx context.Context, p *program.Process, one *effective) error {
	l := load{
		method: "GET", url: p.Base, token: b.token, check: checkEffective,
		next: func() string {
			return fmt.Sprintf("%s/api/v1/org/users/%s%d/attributes", p.Base, userPrefix, firstNumber+rand.IntN(users))
		},
		callers: one.Callers, duration: b.plan.warm,
	}
	if _, err := l.run(ctx); err != nil {
		return err
	}
	before, err := p.CPU(ctx)
	if err != nil {
		return err
	}
	l.duration = b.plan.duration
	if one.measured, err = l.run(ctx); err != nil {
		return err
	}
	after, err := p.CPU(ctx)
	one.CPU = milliseconds(after-before) / float64(one.Requests)
	return err
}

// checkEffective is for the answer to a read of one person's values: of each attribute, and
// some from the person as well as from groups.
func checkEffective(body []byte) error {
	var answer struct {
		Results []struct {
			Name   string
			Values []struct{ Value, Source, GroupUUID string }
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	sources := map[string]int{}
	for _, attribute := range answer.Results {
		for _, value := range attribute.Values {
			sources[value.Source]++
		}
	}
	if len(answer.Results) != effectiveAttributes || sources["user"] == 0 || sources["group"] == 0 {
		return fmt.Errorf("%d attributes with values from %v", len(answer.Results), sources)
	}
	return nil
}

func (r *results) effective(system string, people, callers int, f func(effective) float64) []float64 {
	var all []float64
	for _, one := range r.Effective {
		if one.System == system && one.People == people && one.Callers == callers {
			all = append(all, f(one))
		}
	}
	return all
}

// people are the sizes of the directory that values in effect were read in.
func (r *results) people() []int {
	return distinct(each(r.Effective, func(one effective) int { return one.People }))
}

func (r *results) effectiveTargets() []target {
	perSecond := func(one effective) float64 { return one.PerSecond }
	var all []target
	sizes := r.people()
	for _, people := range sizes {
		for _, callers := range []int{1, 32} {
			all = append(all, target{
				what: fmt.Sprintf("values in effect, %d people, %s, of the ceiling", people, plural(callers, "caller")), unit: "×", atLeast: true, limit: 0.85,
				values: paired(r.effective(attributed, people, callers, perSecond), r.effective(ceiling, people, callers, perSecond)),
			})
		}
	}
	if len(sizes) > 1 {
		few, many := sizes[0], sizes[len(sizes)-1]
		p50 := func(one effective) float64 { return one.P50 }
		all = append(all, target{
			what: fmt.Sprintf("values in effect, %d people, time of that with %d", many, few), unit: "×", limit: 1.2,
			values: paired(r.effective(attributed, many, 1, p50), r.effective(attributed, few, 1, p50)),
		})
	}
	return all
}
