//go:build system

package system

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestProxiesBesideALightdash runs what deploy/lightdash has for either proxy in front of the program and
// of a server in Lightdash's place, and looks who answers.
func TestProxiesBesideALightdash(t *testing.T) {
	type seen struct{ Server, Path, Host, ForwardedFor string }
	lightdash := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(seen{"Lightdash", r.RequestURI, r.Host, r.Header.Get("X-Forwarded-For")})
	}))
	t.Cleanup(lightdash.Close)
	ours, token := serveDemo(t)
	theirs := lightdash.Listener.Addr().String()
	apiKey := "ApiKey " + token
	const attribute = "/api/v1/org/attributes/5a1c0000-0000-4000-8000-000000000001"
	tests := []struct {
		name, method, path, authorization string
		status                            int // of ours, 0 is Lightdash's
	}{
		{"the list", "GET", "/api/v1/org/attributes", apiKey, 200},
		{"the list with a query", "GET", "/api/v1/org/attributes?q=1", apiKey, 200},
		{"a create without a body", "POST", "/api/v1/org/attributes", apiKey, 400},
		{"an attribute that is not there", "GET", attribute, apiKey, 404},
		{"a removal of it", "DELETE", attribute, apiKey, 404},
		{"below an attribute", "GET", attribute + "/users", apiKey, 404},
		{"the scheme in another case", "GET", "/api/v1/org/attributes", "apikey " + token, 200},
		{"a token that nobody has", "GET", "/api/v1/org/attributes", "ApiKey ldpat_0", 401},
		{"an encoded letter", "GET", "/api/v1/org/%61ttributes", apiKey, 200},

		{"Lightdash's own page of attributes, by a session", "GET", "/api/v1/org/attributes", "", 0},
		{"a change there", "PUT", attribute, "", 0},
		{"a service account", "GET", "/api/v1/org/attributes", "Bearer ldsvc_0", 0},
		{"a scheme that begins alike", "GET", "/api/v1/org/attributes", "ApiKeys " + token, 0},
		{"another path with our token", "GET", "/api/v1/org/users", apiKey, 0},
		{"a path that begins alike", "GET", "/api/v1/org/attributes-of-old", apiKey, 0},
		{"the path further down", "GET", "/x/api/v1/org/attributes", apiKey, 0},
		{"a path that leads elsewhere", "GET", "/api/v1/org/attributes/../users", apiKey, 0},
		{"what else we answer", "GET", "/readyz", apiKey, 0},
		{"the start", "GET", "/", "", 0},
	}
	for name, proxy := range map[string]func(t *testing.T, listen, ours, theirs string){"nginx": serveNginx, "caddy": serveCaddy} {
		t.Run(name, func(t *testing.T) {
			address := freeAddress(t)
			proxy(t, address, ours, theirs)
			for _, tt := range tests {
				t.Run(tt.name, func(t *testing.T) {
					request, err := http.NewRequestWithContext(t.Context(), tt.method, "http://"+address+tt.path, strings.NewReader(""))
					if err != nil {
						t.Fatal(err)
					}
					request.Header.Set("Authorization", tt.authorization)
					if tt.authorization == "" {
						request.Header.Del("Authorization")
					}
					request.Header.Set("Content-Type", "application/json")
					response, err := http.DefaultClient.Do(request)
					if err != nil {
						t.Fatal(err)
					}
					defer response.Body.Close()
					var answer seen
					if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
						t.Errorf("%s, not JSON: %v", response.Status, err)
					}
					if tt.status != 0 {
						if answer.Server != "" || response.StatusCode != tt.status {
							t.Errorf("%s, by %q; want %d of ours", response.Status, answer.Server, tt.status)
						}
						return
					}
					if want := (seen{"Lightdash", tt.path, address, "127.0.0.1"}); answer != want {
						t.Errorf("%s: %+v; want %+v", response.Status, answer, want)
					}
				})
			}
		})
	}
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// deployed writes a file of deploy/lightdash into a folder of the test's, with other addresses, between
// before and after. It returns where.
func deployed(t *testing.T, file, before, after string, addresses ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("../deploy/lightdash", file))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(addresses); i += 2 {
		if n := strings.Count(string(content), addresses[i]); n != 1 {
			t.Fatalf("%s has %q %d times", file, addresses[i], n)
		}
	}
	path := filepath.Join(t.TempDir(), file)
	if err := os.WriteFile(path, []byte(before+strings.NewReplacer(addresses...).Replace(string(content))+after), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func serveNginx(t *testing.T, listen, ours, theirs string) {
	before := "daemon off; pid nginx.pid; events {} http { access_log off;\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		before += kind + "_temp_path " + kind + ";\n"
	}
	if os.Getuid() == 0 {
		before = "user root; " + before
	}
	file := deployed(t, "nginx.conf", before, "}", "listen 80", "listen "+listen, "127.0.0.1:8081", ours, "127.0.0.1:8080", theirs)
	cmd := exec.CommandContext(t.Context(), "nginx", "-p", filepath.Dir(file), "-c", file, "-e", "stderr", "-g", "error_log stderr notice;")
	start(t, cmd, func(line string) bool { return strings.Contains(line, "start worker processes") }) // it listens by then
}

func serveCaddy(t *testing.T, listen, ours, theirs string) {
	file := deployed(t, "Caddyfile", "{\nadmin off\n}\n", "", ":80 {", fmt.Sprintf("http://%s {", listen), "127.0.0.1:8081", ours, "127.0.0.1:8080", theirs)
	cmd := exec.CommandContext(t.Context(), "caddy", "run", "--adapter", "caddyfile", "--config", file)
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_DATA_HOME="+home, "XDG_CONFIG_HOME="+home)
	start(t, cmd, func(line string) bool { return strings.Contains(line, "serving initial configuration") })
}
