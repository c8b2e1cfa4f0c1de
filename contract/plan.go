package contract

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/spec"
)

// plan has all kinds of steps.
type plan struct {
	*run
	people        *people
	lists         *lists
	creation      *creation
	uniqueness    *uniqueness
	idempotency   *idempotency
	crowd         *crowd
	updates       *updates
	ownValues     *ownValues
	bulk          *bulk
	preconditions *preconditions
	views         *views
	requests      *requests
	parameters    *parameters
	mocks         *mocks
	picking       *picking
	access        *access
	removal       *removal
	cleanUp       *cleanUp
}

// newPlan gives each kind of step what it needs of the others.
func newPlan(r *run) *plan {
	scope, states, views := &scope{run: r}, &states{r}, &views{r}
	people := &people{run: r, known: map[string]any{}}
	lists := &lists{run: r, states: states, scope: scope, met: map[string]bool{}}
	creation := &creation{run: r, scope: scope, people: people, states: states, lists: lists}
	updates := &updates{run: r, states: states, lists: lists}
	access := &access{run: r, states: states, lists: lists}
	return &plan{
		run:           r,
		people:        people,
		lists:         lists,
		creation:      creation,
		uniqueness:    &uniqueness{run: r, creation: creation, updates: updates},
		idempotency:   &idempotency{run: r, states: states},
		crowd:         &crowd{run: r, lists: lists},
		updates:       updates,
		ownValues:     &ownValues{run: r, states: states, updates: updates, views: views},
		bulk:          &bulk{run: r, states: states},
		preconditions: &preconditions{run: r, states: states},
		views:         views,
		requests:      &requests{run: r, scope: scope, pages: &pages{r}},
		parameters:    &parameters{run: r, access: access},
		mocks:         &mocks{run: r},
		picking:       &picking{run: r, reads: map[*spec.Operation]bool{}, left: map[string][]string{}},
		access:        access,
		removal:       &removal{run: r, states: states, lists: lists, views: views},
		cleanUp:       &cleanUp{run: r, lists: lists},
	}
}

// steps lists what the run does. Whatever needs many refused tokens comes last: a
// server may slow down those who send them.
func (r *plan) steps() []step {
	var chains, others, ends, denials, bystanders []step
	var resources []*resource
	for _, res := range r.resources {
		if res.create != nil && res.wanted() {
			resources = append(resources, res)
			chains = append(chains, r.chain(res)...)
			ends = append(ends, r.removal.steps(res)...)
			bystanders = append(bystanders, about(res, "look at what nobody changed", r.removal.bystander))
		} else if res.list != nil {
			chains = append(chains, about(res, "read only", r.lists.readOnly))
		}
	}
	r.noteElsewhere()
	r.picking.tell()
	for _, op := range r.operations {
		if !op.Selected {
			continue
		}
		if described := op.Route.Operation.RequestBody; described != nil && described.Value != nil && op.Body == nil && len(described.Value.Content) > 0 {
			r.note("%s: not called with good requests, since only JSON is made, and its body is %s", op.ID, strings.Join(slices.Sorted(maps.Keys(described.Value.Content)), " or "))
		}
		if op.Method() == http.MethodGet && len(op.Params) == 0 || isView(resources, op) || r.picking.reads[op] {
			others = append(others, about(op, "read", r.requests.reads))
		}
		if !isCovered(resources, op) && !r.picking.reads[op] && (op.Method() != http.MethodGet || len(op.Params) > 0) {
			r.note("%s: called with bad requests only, since it changes, or is about, what the check has not made", op.ID)
		}
		if op.Method() == http.MethodGet && op.Parameter(openapi3.ParameterInHeader, unless) != nil {
			others = append(others, about(op, "read on a condition", r.preconditions.reads))
		}
		others = append(others, r.requests.strange(op)...)
		others = append(others, r.parameters.steps(op)...)
		denials = append(denials, about(op, "call without a token", r.access.withoutToken))
	}
	others = append(others, r.mocks.steps()...)
	others = append(others, r.requests.wrongMethods()...)
	if r.cfg.OtherToken != "" {
		for _, res := range resources {
			others = append(others, about(res, "call as another organization", r.access.asOther))
		}
	}
	denials = append(denials, step{"call with nearly the token", r.access.almostToken})
	return slices.Concat(chains, others, ends, denials, bystanders)
}

// noteElsewhere lists what is not called, since the server does not answer it itself.
func (r *plan) noteElsewhere() {
	left := map[string][]string{}
	for _, op := range r.elsewhere {
		if op.Elsewhere != mocked {
			left[op.Elsewhere] = append(left[op.Elsewhere], op.ID)
		}
	}
	for _, how := range slices.Sorted(maps.Keys(left)) {
		r.note("%d operations were not called, since the server does not answer them itself (x-attributed: %s): %s", len(left[how]), how, strings.Join(left[how], ", "))
	}
}

// chain is the life of a resource's things, up to their removal.
func (r *plan) chain(res *resource) []step {
	if _, ok := r.call(res.create, nil); !ok {
		r.note("%s: not called with good requests, since nothing is known that its path could name", res.create.ID)
		return nil
	}
	good, err := r.gen.GoodBodies(res.create.Body, max(r.cfg.Cases, 0))
	if err != nil {
		r.note("%s: no good request can be made: %v", res.create.ID, err)
		return nil
	}
	if res.remove == nil {
		const most = 10 // that are left behind
		good = good[:min(len(good), most)]
	}
	list := about(res, "list", r.lists.list)
	steps := append(r.creation.steps(res, good), list,
		about(res, "create the same again", r.creation.twice),
		about(res, "create with another's name", r.uniqueness.check),
		about(res, "create again with the key", r.idempotency.comesAgain))
	steps = append(steps, r.creation.steps(res, r.badBodies(res.create))...)
	steps = append(steps, list)
	if !r.picks { // a hundred things are no harm to whoever asked for just these operations
		steps = append(steps, about(res, "list many", r.crowd.fill))
	}
	if res.update != nil {
		steps = append(steps, r.updates.steps(res)...)
	}
	for _, v := range res.values {
		steps = append(steps, r.ownValues.steps(res, v)...)
	}
	for _, op := range res.bulk {
		steps = append(steps, r.bulk.steps(res, op)...)
	}
	if anySelected(res.update, res.remove) {
		steps = append(steps, about(res, "change on a condition", r.preconditions.check), about(res, "change with a key that was used", r.idempotency.otherAgain))
	}
	return append(steps, about(res, "view", r.views.check), list)
}

func isView(resources []*resource, op *spec.Operation) bool {
	return slices.ContainsFunc(resources, func(res *resource) bool {
		return slices.ContainsFunc(res.views, func(v *view) bool { return v.get == op })
	})
}

func isCovered(resources []*resource, op *spec.Operation) bool {
	return slices.ContainsFunc(resources, func(res *resource) bool { return slices.Contains(res.operations(), op) })
}
