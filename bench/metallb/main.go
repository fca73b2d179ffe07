// SPDX-License-Identifier: Apache-2.0

// MetalLB's own layer 2 responder, as its speaker runs it, for addresses named on the command line. The module
// lies below MetalLB's path, as Go demands of whoever imports an internal package.
package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/go-kit/log"
	"go.universe.tf/metallb/internal/layer2"
	"k8s.io/apimachinery/pkg/util/sets"
)

// Usage: metallb-responder FIRST COUNT. Announces COUNT addresses from FIRST on, prints "ready", ends with its input.
func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: metallb-responder FIRST COUNT")
		os.Exit(2)
	}
	first := net.ParseIP(os.Args[1])
	count, err := strconv.Atoi(os.Args[2])
	if first == nil || err != nil {
		fmt.Fprintln(os.Stderr, "metallb-responder: FIRST is an address, COUNT a number")
		os.Exit(2)
	}
	announce, err := layer2.New(log.NewNopLogger(), nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, "metallb-responder:", err)
		os.Exit(1)
	}
	for i := 0; i < count; i++ {
		ip := append(net.IP{}, first...)
		low := ip[len(ip)-4:]
		binary.BigEndian.PutUint32(low, binary.BigEndian.Uint32(low)+uint32(i))
		// One Service for each address, as in a cluster.
		announce.SetBalancer(fmt.Sprintf("bench/service-%d", i), layer2.NewIPAdvertisement(ip, true, sets.Set[string]{}))
	}
	fmt.Println("ready")
	_, _ = os.Stdin.Read(make([]byte, 1))
}
