package main

import (
	"bufio"
	"bytes"
	stdjson "encoding/json"
	"fmt"
	"net/http"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/json"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	ordersPath     = "/vcsim/orders"
	ordersProtocol = "vcsim-orders"
)

// orders is where the laboratory says what is to be done: an HTTP request that becomes a connection of JSON lines, orders up
// and answers down, one after the other. It has what SOAP would cost for texts of this length once only, when it is dialled.
type orders struct {
	agent    login
	service  *simulator.Service
	settings settings
	maker    *maker
}

// order is one of the things to be done in one line. It may be done for several vCenters, and stays as it is.
type order interface {
	apply(w *work) error
}

// work is what a line is done with, and what there is to say of it.
type work struct {
	ctx      *simulator.Context
	settings settings
	maker    *maker
	kept     bool // the orders are to be done again: see own
	said     verdict
}

// readers read the orders, by their names.
var readers = map[string]func(dec *json.Decoder) (order, error){
	setKey: readBatch, postKey: readNews, callKey: readCalls, readKey: readLooks, hookKey: readHooks, deadlineKey: readDeadline,
}

// verdict is one line that goes down: what calls have returned and what was read, nothing where that is all that there is to say.
type verdict struct {
	Error string               `json:"error,omitempty"`
	Call  []stdjson.RawMessage `json:"CALL,omitempty"`
	Read  []stdjson.RawMessage `json:"READ,omitempty"`
}

// ServeHTTP upgrades the request of the agent, and obeys until the connection ends.
func (o *orders) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, in := dialled(w, r, ordersProtocol, o.agent)
	if conn == nil {
		return
	}
	defer func() { _ = conn.Close() }()
	session := o.session()
	in = bufio.NewReaderSize(in, 1<<16)
	for err := agree(conn, w.Header()); err == nil; {
		var line []byte
		if line, err = in.ReadBytes('\n'); err == nil {
			line, _ = stdjson.Marshal(o.obey(line, session))
			err = write(conn, append(line, '\n'))
		}
	}
}

// session is what the orders of a connection run in; none of vcsim's own, as nobody has to log in for it.
func (o *orders) session() *simulator.Session {
	registry := o.service.Context.Map
	user := types.UserSession{Key: ordersProtocol, UserName: o.agent.user}
	return &simulator.Session{UserSession: user, Registry: simulator.NewRegistry(), Map: registry}
}

// obey reads a line and does what it says, in order. Where something in it cannot be read nothing is done; the first that cannot be
// done is the last. The error names it.
func (o *orders) obey(line []byte, session *simulator.Session) verdict {
	asked, kept, err := heard.read(line)
	ctx := *o.service.Context // an owner of locks of its own
	ctx.Session = session
	w := &work{ctx: &ctx, settings: o.settings, maker: o.maker, kept: kept}
	making.RLock()
	defer making.RUnlock()
	for i := 0; i < len(asked) && err == nil; i++ {
		err = asked[i].apply(w)
	}
	if err != nil {
		return verdict{Error: err.Error()}
	}
	return w.said
}

func readOrders(dec *json.Decoder) (asked []order, err error) {
	return asked, members(dec, "the orders", func(key string) error {
		read, ok := readers[key]
		if !ok {
			return &misfit{key, fmt.Errorf("there is no such order")}
		}
		what, err := read(dec)
		asked = append(asked, what)
		return err
	})
}

// members calls each with the name of every member of the JSON object that comes next; each reads the value.
func members(dec *json.Decoder, where string, each func(name string) error) error {
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return &misfit{where, fmt.Errorf("%v where an object belongs", start)}
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return &misfit{where, err}
		}
		if err = each(name.(string)); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return &misfit{where, err}
	}
	return nil
}

// elements calls each for every element of the JSON array that comes next; each reads it. given is false where null stands there.
func elements(dec *json.Decoder, each func() error) (given bool, err error) {
	start, err := dec.Token()
	if err != nil || start == nil {
		return false, err
	}
	if start != json.Delim('[') {
		return false, fmt.Errorf("%v where an array belongs", start)
	}
	for dec.More() {
		if err = each(); err != nil {
			return true, err
		}
	}
	_, err = dec.Token()
	return true, err
}

// encoded is a value as it stands in vSphere's own JSON where any type may stand.
func encoded(value types.AnyType) (stdjson.RawMessage, error) {
	var b bytes.Buffer
	err := types.NewJSONEncoder(&b).Encode(value)
	return b.Bytes(), err
}

func encodedAll(values []types.AnyType) (stdjson.RawMessage, error) {
	lines := make([]stdjson.RawMessage, len(values))
	for i, value := range values {
		var err error
		if lines[i], err = encoded(value); err != nil {
			return nil, err
		}
	}
	return stdjson.Marshal(lines)
}

// misfit is an order or a property that does not fit.
type misfit struct {
	key    string
	reason error
}

func (m *misfit) Error() string { return m.key + ": " + m.reason.Error() }
