//go:build system

package system

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// tell runs a program that has to succeed, and returns what it prints.
func tell(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var problem bytes.Buffer
	cmd.Stderr = &problem
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%q: %v\n%s%s", cmd.Args, err, output, problem.Bytes())
	}
	return strings.TrimSpace(string(output))
}

// matching returns the one file that a pattern names.
func matching(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %q, %v", pattern, found, err)
	}
	return found[0]
}

var listening = regexp.MustCompile(`msg=listening address=(\S+)`)

// serves starts a command that serves, and fails the test where it is not ready, or cannot keep anything.
func serves(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	address := ""
	start(t, cmd, func(line string) bool {
		if found := listening.FindStringSubmatch(line); found != nil {
			address = found[1]
		}
		return address != ""
	})
	for path, want := range map[string]int{"/readyz": 200, "/admin": 200, "/api/v1/org/attributes": 401} {
		response, err := http.Get("http://" + address + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: %s, want %d", path, response.Status, want)
		}
	}
}

// servesAsInstalled starts what a package has installed below root, as its unit does, and has systemd
// judge that.
func servesAsInstalled(t *testing.T, root string) {
	t.Helper()
	unit := filepath.Join(root, "usr/lib/systemd/system/attributed.service")
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	if found := tell(t, "systemd-analyze", "security", "--offline=yes", unit); !regexp.MustCompile(`Overall exposure level .* OK`).MatchString(found) {
		t.Errorf("systemd finds the unit too open:\n%s", found)
	}
	command := regexp.MustCompile(`(?m)^ExecStart=(/\S+) serve$`).FindSubmatch(text)
	if command == nil {
		t.Fatalf("the unit does not serve:\n%s", text)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(root, string(command[1])), "serve")
	cmd.Env = []string{"ATTRIBUTED_LISTEN=127.0.0.1:0"}
	for _, set := range regexp.MustCompile(`(?m)^Environment=(.*)$`).FindAllSubmatch(text, -1) {
		variable := strings.ReplaceAll(string(set[1]), ":9464", ":0") // which may be taken
		cmd.Env = append(cmd.Env, strings.ReplaceAll(variable, "/var/lib/attributed", t.TempDir()))
	}
	serves(t, cmd)
}

// TestRelease: what make release writes for this kind of machine is the same each time, and serves.
func TestRelease(t *testing.T) {
	var dist, sums string
	for range 2 {
		context := t.TempDir()
		dist = filepath.Join(context, "dist")
		tell(t, "go", "run", "-C", "../deploy/release", ".", "-out", dist, "-targets", "linux/"+runtime.GOARCH)
		written, err := os.ReadFile(filepath.Join(dist, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		if sums != "" && sums != string(written) {
			t.Errorf("the first time it wrote\n%sthe second\n%s", sums, written)
		}
		sums = string(written)
	}
	tell(t, "sh", "-c", `cd "$0" && sha256sum --check --strict SHA256SUMS`, dist)

	t.Run("archive", func(t *testing.T) {
		matching(t, dist+"/*.rpm")
		folder := t.TempDir()
		tell(t, "tar", "xf", matching(t, dist+"/*.tar.gz"), "-C", folder, "--strip-components=1")
		if version := tell(t, folder+"/attributed", "version"); !strings.HasPrefix(version, "attributed v") {
			t.Errorf("the program says that it is %q", version)
		}
		licenses, err := os.ReadFile(folder + "/THIRD-PARTY-LICENSES.txt")
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"===== github.com/labstack/echo/v4 ", "===== Go and its standard library: LICENSE", "===== Swagger UI: NOTICE"} {
			if !bytes.Contains(licenses, []byte(want)) {
				t.Errorf("the licenses lack %s", want)
			}
		}
		text, err := os.ReadFile(matching(t, dist+"/*.cdx.json"))
		if err != nil {
			t.Fatal(err)
		}
		var inventory struct {
			BOMFormat  string
			Components []struct{ Name string }
		}
		if err := json.Unmarshal(text, &inventory); err != nil || inventory.BOMFormat != "CycloneDX" || !bytes.Contains(text, []byte(`"github.com/labstack/echo/v4"`)) {
			t.Errorf("the inventory: %v, %d components", err, len(inventory.Components))
		}
	})

	t.Run("package for Debian", func(t *testing.T) {
		root := t.TempDir() // in which nothing else is installed
		for _, folder := range []string{"updates", "info"} {
			if err := os.MkdirAll(filepath.Join(root, "var/lib/dpkg", folder), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(root, "var/lib/dpkg/status"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		tell(t, "dpkg", "--root="+root, "--force-not-root", "--force-script-chrootless", "--install", matching(t, dist+"/*.deb"))
		servesAsInstalled(t, root)
	})

	t.Run("package for Fedora", func(t *testing.T) {
		root := t.TempDir()
		made := matching(t, dist+"/*.rpm")
		tell(t, "rpm", "--root="+root, "--noscripts", "--install", made) // the scripts need a shell, which is not there
		tell(t, "rpm", "--root="+root, "--verify", "attributed")
		servesAsInstalled(t, root)
		if host := tell(t, "rpm", "--query", "--queryformat=%{BUILDHOST}", "--package", made); host != "localhost" {
			t.Errorf("it names the machine %s: another would not write the same bytes", host)
		}
	})

	t.Run("image", func(t *testing.T) {
		storage := t.TempDir()
		buildah := func(args ...string) []string {
			return append([]string{"buildah", "--root=" + storage + "/root", "--runroot=" + storage + "/run", "--storage-driver=vfs"}, args...)
		}
		run := func(args ...string) string {
			t.Helper()
			command := buildah(args...)
			return tell(t, command[0], command[1:]...)
		}
		license, err := os.ReadFile("../LICENSE")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(filepath.Dir(dist), "LICENSE"), license, 0o644); err != nil {
			t.Fatal(err)
		}
		run("bud", "--isolation=chroot", "--format=docker", "--tag=attributed", "--file=../Dockerfile", filepath.Dir(dist))
		made := run("inspect", "--type=image", "attributed")
		for _, want := range []string{`"Healthcheck"`, `"ready"`, `"User": "65532:65532"`} {
			if !strings.Contains(made, want) {
				t.Errorf("the image has no %s:\n%s", want, made)
			}
		}
		container := run("from", "--pull=never", "localhost/attributed")
		if got := run("run", "--isolation=chroot", container, "/usr/bin/attributed", "version"); !strings.HasPrefix(got, "attributed v") {
			t.Errorf("the image's program says that it is %q", got)
		}
		command := buildah("run", "--isolation=chroot", "--env=ATTRIBUTED_LISTEN=127.0.0.1:0", container, "/usr/bin/attributed", "serve")
		serves(t, exec.CommandContext(t.Context(), command[0], command[1:]...))
	})
}
