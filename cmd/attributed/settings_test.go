package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// configured returns what config prints as JSON, by the flag.
func configured(t *testing.T, variables variablesOf, args ...string) map[string]setting {
	t.Helper()
	got := once(t, variables, append([]string{"config", "--format=json"}, args...)...)
	var list []setting
	if err := json.Unmarshal([]byte(got.stdout), &list); err != nil {
		t.Fatalf("%v, %v\n%s", got.err, err, got.stdout)
	}
	byFlag := map[string]setting{}
	for _, s := range list {
		byFlag[s.Flag] = s
	}
	return byFlag
}

func TestConfigTellsWhereEachValueComesFrom(t *testing.T) {
	got := configured(t, variablesOf{
		"DATABASE_URL":               "postgres://u:secret@h:1/x?password=secret",
		"ATTRIBUTED_LISTEN":          "127.0.0.1:1",
		"ATTRIBUTED_GRACE":           "90s",
		"ATTRIBUTED_DEMO":            "true",
		"ATTRIBUTED_TRUSTED_PROXIES": "10.0.0.0/8,::1",
	}, "--listen=127.0.0.1:2", "--max-body", "1536KiB", "--reject-limit=off", "--rate-limit=7")
	for _, want := range []setting{
		{"--database", "postgres://h:1/x", "$DATABASE_URL"},
		{"--listen", "127.0.0.1:2", "flag"},
		{"--grace", "1m30s", "$ATTRIBUTED_GRACE"},
		{"--demo", "true", "$ATTRIBUTED_DEMO"},
		{"--trusted-proxies", "10.0.0.0/8,::1/128", "$ATTRIBUTED_TRUSTED_PROXIES"},
		{"--max-body", "1536KiB", "flag"},
		{"--reject-limit", "off", "flag"},
		{"--rate-limit", "7:7", "flag"},
		{"--max-body-memory", "64MiB", "default"},
		{"--drain", "0s", "default"},
		{"--check-responses-sample", "1", "default"},
		{"--log-level", "info", "default"},
	} {
		if got[want.Flag] != want {
			t.Errorf("%+v, want %+v", got[want.Flag], want)
		}
	}
	both := variablesOf{"ATTRIBUTED_DATABASE": "sqlite:a.db", "DATABASE_URL": "sqlite:b.db"}
	if database := configured(t, both)["--database"]; database != (setting{"--database", "sqlite:a.db", "$ATTRIBUTED_DATABASE"}) {
		t.Errorf("of two variables: %+v", database)
	}
	if database := configured(t, both, "--database=sqlite:c.db")["--database"]; database != (setting{"--database", "sqlite:c.db", "flag"}) {
		t.Errorf("of two variables and a flag: %+v", database)
	}
}

func TestConfigHasAllThatServeTakes(t *testing.T) {
	all := configured(t, nil, "--max-body=1234567")
	for _, found := range regexp.MustCompile(`(?m)^ +(--[a-z-]+)`).FindAllStringSubmatch(once(t, nil, "serve", "--help").stdout, -1) {
		if _, ok := all[found[1]]; !ok {
			t.Errorf("%s is missing", found[1])
		}
	}
	var args []string
	for _, s := range all {
		if s.Value != "" {
			args = append(args, s.Flag+"="+s.Value)
		}
	}
	for name, s := range configured(t, nil, args...) {
		if s.Value != all[name].Value || s.Value != "" && s.From != "flag" {
			t.Errorf("%+v, given again %+v", all[name], s)
		}
	}
	table := once(t, nil, "config")
	if !regexp.MustCompile(`(?m)^FLAG +VALUE +FROM$`).MatchString(table.stdout) || !regexp.MustCompile(`(?m)^--trusted-proxies +- +default$`).MatchString(table.stdout) || strings.Count(table.stdout, "\n") != len(all)+1 {
		t.Errorf("%v\n%s", table.err, table.stdout)
	}
	refused(t, nil, "config --max-body much", 2, "--max-body: write a size")
}

func TestConfigShowsNoPartOfAPassword(t *testing.T) {
	for _, password := range oddPasswords() {
		for _, typed := range databaseURLs(password) {
			got := once(t, variablesOf{"DATABASE_URL": typed}, "config")
			told := got.stdout + got.stderr
			if got.err != nil {
				told += line(got.err)
			}
			if strings.Contains(told, head) || strings.Contains(told, tail) {
				t.Errorf("%q: says %s", typed, told)
			}
		}
	}
}
