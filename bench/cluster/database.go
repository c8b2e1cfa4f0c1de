package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// database is a host with PostgreSQL, Patroni, which runs it, and etcd.
type database struct {
	letter  string // Patroni's name of it
	host    *host
	folder  string // of PostgreSQL's files, a disk of its own
	sockets string // the folder of PostgreSQL's socket, by which it is reached whatever the network does
	etcd    *part
	patroni *part
}

func (c *cluster) newDatabase(letter, address string) *database {
	h := &host{"database-" + letter, address}
	folder, sockets := filepath.Join(files, h.name), filepath.Join(files, h.name+"-sockets")
	peer, client := "http://"+address+":2380", "http://"+address+":2379"
	return &database{letter: letter,
		host: h, folder: folder, sockets: sockets,
		etcd: &part{host: h, name: "etcd", log: c.logs, argv: []string{"etcd"}, env: []string{
			"ETCD_NAME=" + letter, "ETCD_DATA_DIR=" + filepath.Join(files, "etcd-"+letter),
			"ETCD_LISTEN_PEER_URLS=" + peer, "ETCD_INITIAL_ADVERTISE_PEER_URLS=" + peer,
			"ETCD_LISTEN_CLIENT_URLS=" + client, "ETCD_ADVERTISE_CLIENT_URLS=" + client,
			"ETCD_INITIAL_CLUSTER=a=http://10.0.1.1:2380,b=http://10.0.1.2:2380,c=http://10.0.1.3:2380", "ETCD_INITIAL_CLUSTER_STATE=new", "ETCD_ENABLE_V2=true",
		}},
		patroni: &part{host: h, name: "patroni", log: c.logs, user: "postgres", argv: []string{"patroni", filepath.Join(c.deploy, "patroni.yaml")},
			bind: map[string]string{"/var/lib/postgresql": folder, "/run/postgresql": sockets}, env: []string{
				"PATRONI_NAME=" + letter, "PATRONI_POSTGRESQL_BIN_DIR=" + c.binaries, "PATRONI_RESTAPI_CONNECT_ADDRESS=" + address + ":8008", "PATRONI_POSTGRESQL_CONNECT_ADDRESS=" + address + ":5432",
				"PATRONI_SUPERUSER_PASSWORD=" + c.password, "PATRONI_REPLICATION_PASSWORD=" + c.password,
				"PATRONI_RESTAPI_USERNAME=patroni", "PATRONI_RESTAPI_PASSWORD=" + c.password,
				"HOME=/var/lib/postgresql",
			}},
	}
}

// diskSize is that of a disk: some times what a database has, that it can be filled.
const diskSize = "1g"

func (d *database) start(ctx context.Context) error {
	if err := errors.Join(os.Mkdir(d.folder, 0o755), os.Mkdir(d.sockets, 0o755)); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", d.folder, "tmpfs", 0, "mode=700,size="+diskSize); err != nil {
		return err
	}
	if _, err := execute(ctx, "chown", "postgres:postgres", d.folder, d.sockets); err != nil {
		return err
	}
	return errors.Join(d.etcd.start(), d.patroni.start())
}

// is reports whether Patroni says that its PostgreSQL is something: "primary", "replica", "synchronous", "asynchronous".
func (d *database) is(what string) bool {
	response, err := asker.Get("http://" + d.host.address + ":8008/" + what)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// databaseThatIs is one of whom Patroni says that.
func (c *cluster) databaseThatIs(what string) (*database, error) {
	for _, d := range c.databases {
		if d.is(what) {
			return d, nil
		}
	}
	return nil, errors.New("there is no " + what)
}

// isAnother reports whether Patroni says so of another one than one.
func (c *cluster) isAnother(what string, one *database) bool {
	return slices.ContainsFunc(c.databases, func(d *database) bool { return d != one && d.is(what) })
}

// whole waits until there is a primary and both others follow it, one of them synchronously unless none is to.
func (c *cluster) whole(ctx context.Context) error {
	return wait(ctx, "a primary and two replicas that follow it", func() (bool, error) {
		var primaries, replicas, synchronous int
		for _, d := range c.databases {
			if d.etcd.gone() || d.patroni.gone() {
				return false, fmt.Errorf("etcd or Patroni of %s has ended", d.host.name)
			}
			if d.is("primary") && d.followed() == len(c.databases)-1 {
				primaries++
			}
			if d.is("replica") {
				replicas++
			}
			if d.is("synchronous") {
				synchronous++
			}
		}
		return primaries == 1 && replicas == 2 && (synchronous == 0) == c.asynchronous, nil
	})
}

// followed counts the replicas that get what d writes.
func (d *database) followed() (count int) {
	response, err := asker.Get("http://" + d.host.address + ":8008/patroni")
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	var state struct {
		Replication []struct{ State string }
	}
	if err := json.NewDecoder(response.Body).Decode(&state); err != nil {
		return 0
	}
	for _, one := range state.Replication {
		if one.State == "streaming" {
			count++
		}
	}
	return count
}
