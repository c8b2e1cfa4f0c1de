package main

import (
	"context"
	"errors"
	"strings"

	"attributed/cmd/commandline"
	"attributed/store"
)

type lightdashCommand struct {
	Prepare lightdashPrepareCommand `cmd:"" help:"Make, in the database of a Lightdash, a schema of attributed's own with tables for the audit and for Idempotency-Key, which a server does without otherwise."`

	Check lightdashCheckCommand `cmd:"" help:"Show whether serve --lightdash can stand beside the Lightdash of a database, and what it could do there. Nothing is changed, and no row is read. Exit status: 0 if it can, else 1."`
}

type lightdashCheckCommand struct {
	databaseFlag
	formatFlag
}

// errUnfit is how a check ends that has listed why.
var errUnfit = errors.New("serve --lightdash cannot stand beside this Lightdash until its tables and this role's rights are as the list says (docs/lightdash.md)")

// checkedThing is what serve --lightdash needs, or would be able to do, as JSON has it.
type checkedThing struct {
	What string `json:"what"`
	Can  bool   `json:"can"`
	How  string `json:"how"`
}

// Run looks at the catalog.
func (c *lightdashCheckCommand) Run(ctx context.Context, std commandline.Streams) error {
	look, err := store.LookAtLightdash(ctx, string(c.Database))
	if err != nil {
		return c.Database.unusable(err)
	}
	err = printList(std.Out, c.formatFlag, checkedThings(look), []string{"WHAT", "", "HOW"}, func(one checkedThing) []string {
		can := "no"
		if one.Can {
			can = "yes"
		}
		return []string{one.What, can, cell(one.How)}
	})
	if err == nil && len(look.Faults)+len(look.Lacking) > 0 {
		err = errUnfit
	}
	return err
}

// checkedThings lists first what is in the way, then what could be done.
func checkedThings(look store.LightdashLook) (things []checkedThing) {
	for _, right := range look.Lacking {
		things = append(things, checkedThing{"rights", false, "this role needs GRANT " + right})
	}
	for _, fault := range look.Faults {
		things = append(things, checkedThing{"tables", false, fault})
	}
	if len(look.Lacking) == 0 && len(look.Faults) == 0 {
		things = append(things, checkedThing{"rights", true, "this role has all that it needs"})
	}
	if len(look.Faults) > 0 {
		return things // of what is no Lightdash's nothing more is known
	}
	several := checkedThing{"several values", false, "one for each user, group and default, as this Lightdash has it; a second is refused with 422"}
	if look.Several {
		several.Can, several.How = true, "for each user, group and default"
	}
	until := "until attributed lightdash prepare"
	if len(look.LackingPrepared) > 0 {
		until = "until this role has GRANT " + strings.Join(look.LackingPrepared, "; GRANT ")
	}
	audit := checkedThing{"audit", false, "a change is told in the log only, " + until}
	keys := checkedThing{"Idempotency-Key", false, "a call with one is refused with 501, " + until}
	if look.Prepared && len(look.LackingPrepared) == 0 {
		audit.Can, audit.How = true, "in the table attributed.audit_events, for attributed audit"
		keys.Can, keys.How = true, "in the table attributed.idempotency_records"
	}
	return append(things,
		checkedThing{"tables", true, "all are there as they must be"},
		checkedThing{"attributes", true, "all operations on attributes and values"},
		several,
		audit,
		keys,
		checkedThing{"people and tokens", false, "they are Lightdash's to keep; they are read, and the last use of a token is written"},
	)
}
