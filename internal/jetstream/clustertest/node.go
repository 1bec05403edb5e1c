package clustertest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// nodeEnv holds a node's configuration; its presence makes the process a node.
const nodeEnv = "CXHOOK_CLUSTERTEST_NODE"

type nodeConfig struct {
	Name, Dir         string
	Port, ClusterPort int
	Routes            []string
}

func readySubject(name string) string { return "clustertest.ready." + name }

// RunNode is called first in TestMain. In a process that Start started it runs
// the node until the test is gone and does not return; otherwise it does nothing.
func RunNode() {
	text := os.Getenv(nodeEnv)
	if text == "" {
		return
	}
	if err := runNode(text); err != nil {
		fmt.Fprintln(os.Stderr, "clustertest:", err)
		os.Exit(1) //nolint:forbidigo // the process is a program of its own
	}
	os.Exit(0) //nolint:forbidigo // the process is a program of its own
}

func runNode(text string) error {
	var cfg nodeConfig
	if err := json.Unmarshal([]byte(text), &cfg); err != nil {
		return err
	}
	var routes []*url.URL
	for _, r := range cfg.Routes {
		u, err := url.Parse(r)
		if err != nil {
			return err
		}
		routes = append(routes, u)
	}
	srv, err := server.NewServer(&server.Options{
		ServerName: cfg.Name, Host: "127.0.0.1", Port: cfg.Port,
		Cluster: server.ClusterOpts{Name: "clustertest", Host: "127.0.0.1", Port: cfg.ClusterPort},
		Routes:  routes, JetStream: true, StoreDir: cfg.Dir, SyncAlways: true,
		JetStreamMaxMemory: 64 << 20, JetStreamMaxStore: 1 << 30, NoSigs: true, NoLog: true,
	})
	if err != nil {
		return err
	}
	srv.Start()
	if !srv.ReadyForConnections(readyLimit) {
		return fmt.Errorf("node %s takes no connections", cfg.Name)
	}
	nc, err := nats.Connect("", nats.InProcessServer(srv))
	if err != nil {
		return err
	}
	_, err = nc.Subscribe(readySubject(cfg.Name), func(m *nats.Msg) {
		_ = m.Respond([]byte(srv.Healthz(&server.HealthzOptions{}).Error)) // the one who asks asks again
	})
	if err != nil {
		return err
	}
	waitEOF(os.Stdin)
	time.AfterFunc(time.Second, func() { os.Exit(1) }) //nolint:forbidigo // nobody is left who could wait
	srv.Shutdown()
	return nil
}
