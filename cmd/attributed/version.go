package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/alecthomas/kong"
	"github.com/prometheus/client_golang/prometheus"

	"attributed/cmd/commandline"
	"attributed/gen"
	"attributed/openapi"
)

type versionCommand struct{}

func (*versionCommand) Run(_ context.Context, std commandline.Streams) error {
	return printVersion(std.Out)
}

// versionFlag is for those who try --version first.
type versionFlag bool

func (versionFlag) BeforeReset(app *kong.Kong) error {
	app.Exit(0)
	return printVersion(app.Stdout)
}

func printVersion(w io.Writer) error {
	v, err := runningVersions(0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "attributed %s (%s)\nspec       %s %s (sha256 %.12s)\n", v.Version, v.Go, v.Spec.Title, v.Spec.Version, v.Spec.SHA256)
	return err
}

// versions say what runs, as JSON at /version.
type versions struct {
	Version string `json:"version"` // of the module, or made from the commit
	Commit  string `json:"commit"`  // "" where it was not built from git
	Go      string `json:"go"`
	Spec    struct {
		Title   string `json:"title"`
		Version string `json:"version"`
		SHA256  string `json:"sha256"` // of what /openapi.json answers
	} `json:"spec"`
	Overlay struct {
		SHA256 string `json:"sha256"` // of openapi/overlay.yaml
	} `json:"overlay"`
	Migration int64 `json:"migration"` // the newest that the program knows
}

func runningVersions(migration int64) (versions, error) {
	v := versions{Version: programVersion(), Commit: releasedCommit, Go: runtime.Version(), Migration: migration}
	info, _ := debug.ReadBuildInfo()
	if info != nil {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				v.Commit = setting.Value
			}
		}
	}
	text, err := gen.GetSpecJSON()
	if err != nil {
		return v, err
	}
	spec := struct{ Info any }{&v.Spec}
	if err := json.Unmarshal(text, &spec); err != nil {
		return v, err
	}
	v.Spec.SHA256, v.Overlay.SHA256 = checksum(text), checksum(openapi.OverlayText())
	return v, nil
}

func checksum(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// metric is what runs as labels of a number that is always 1.
func (v versions) metric() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "attributed_build_info",
		Help:        "What runs, in the labels; always 1.",
		ConstLabels: prometheus.Labels{"version": v.Version, "commit": v.Commit, "goversion": v.Go, "spec_version": v.Spec.Version},
	}, func() float64 { return 1 })
}

// What make release builds of, which says so: Go itself cannot tell in every tree.
var releasedVersion, releasedCommit string

// programVersion is the version of the module, or the commit that it was built from.
func programVersion() string {
	if releasedVersion != "" {
		return releasedVersion
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version
}
