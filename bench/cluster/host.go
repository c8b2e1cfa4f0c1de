package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// host is a network namespace that is wired to a bridge in ours.
type host struct{ name, address string }

const (
	bridge = "cluster"
	ours   = "10.0.255.254" // the load's
	prefix = "/16"
)

// execute runs a program to its end, and tells what it said if it fails.
func execute(ctx context.Context, name string, arguments ...string) (string, error) {
	out, err := exec.CommandContext(ctx, name, arguments...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(arguments, " "), err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}

// commands runs some one after the other, each a line.
func commands(ctx context.Context, lines ...string) error {
	for _, line := range lines {
		words := strings.Fields(line)
		if _, err := execute(ctx, words[0], words[1:]...); err != nil {
			return err
		}
	}
	return nil
}

// network makes the bridge and the hosts.
func network(ctx context.Context, hosts []*host) error {
	err := commands(ctx, "ip link set lo up",
		"ip link add "+bridge+" type bridge", "ip addr add "+ours+prefix+" dev "+bridge, "ip link set "+bridge+" up")
	if err != nil {
		return err
	}
	for _, h := range hosts {
		err := commands(ctx, "ip netns add "+h.name,
			"ip link add "+h.name+" type veth peer name eth0 netns "+h.name, "ip link set "+h.name+" master "+bridge+" up",
			"ip -n "+h.name+" addr add "+h.address+prefix+" dev eth0", "ip -n "+h.name+" link set eth0 up", "ip -n "+h.name+" link set lo up")
		if err != nil {
			return err
		}
	}
	return nil
}

// forget has h find no way to the other databases, which so hear nothing of it.
func (h *host) forget(ctx context.Context) error { return h.routes(ctx, "add") }

// remember takes forget back.
func (h *host) remember(ctx context.Context) error { return h.routes(ctx, "del") }

func (h *host) routes(ctx context.Context, do string) (err error) {
	for _, address := range databaseAddresses {
		if address != h.address {
			err = errors.Join(err, commands(ctx, "ip -n "+h.name+" route "+do+" blackhole "+address+"/32"))
		}
	}
	return err
}

// deaf lets nothing reach h; what it sends still arrives. Nobody is told: packets are dropped.
func (h *host) deaf(ctx context.Context) error {
	return commands(ctx, "tc qdisc add dev "+h.name+" root blackhole")
}

// mute lets nothing of h's reach others.
func (h *host) mute(ctx context.Context) error {
	return commands(ctx, "tc -n "+h.name+" qdisc add dev eth0 root blackhole")
}

// hears takes deaf back.
func (h *host) hears(ctx context.Context) error {
	return commands(ctx, "tc qdisc del dev "+h.name+" root")
}

// speaks takes mute back.
func (h *host) speaks(ctx context.Context) error {
	return commands(ctx, "tc -n "+h.name+" qdisc del dev eth0 root")
}
