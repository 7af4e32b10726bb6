package main

import (
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25/mo"
)

// request is a line of standard input: it starts a vCenter or stops one.
type request struct {
	Start map[string]string `json:"start"` // the users, named as they are in the environment (logins.go)
	Stop  string            `json:"stop"`  // the address
}

// serveSeveral has one vCenter after the other, or some at a time, in one process: most of what a vCenter takes to start, and a
// third of what it takes to fill, is spent on what the process learns but once. Each line is answered by one, until in ends.
func serveSeveral(in io.Reader, out io.Writer, start func(getenv func(string) string) (*running, error)) error {
	here := make(map[string]*running)
	defer func() {
		for _, vcenter := range here {
			vcenter.stop()
		}
	}()
	for lines := json.NewDecoder(in); ; {
		var asked request
		if err := lines.Decode(&asked); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if vcenter := here[asked.Stop]; vcenter != nil {
			vcenter.stop()
			delete(here, asked.Stop)
			_, _ = io.WriteString(out, "{}\n")
			continue
		}
		vcenter, err := start(func(name string) string { return asked.Start[name] })
		if err != nil {
			return err
		}
		here[vcenter.address()] = vcenter
		announce(out, vcenter.address())
	}
}

// templates are what vcsim makes objects from, and lets these hold what they do not copy: what changes in one would be otherwise in
// all that are made later. So they are renewed for each vCenter; those that are filled at the same time may share what the hosts of
// one share. govmomi shows nobody two more: its default pool of IP addresses, and the number in the name of a customized guest.
var templates = []any{
	&esx.Datacenter, &esx.HostSystem, &esx.HostHardwareInfo, &esx.HostCapability, &esx.HostStorageDeviceInfo, &esx.HostFirewallInfo,
	&esx.VirtualNicManagerNetConfig, &esx.AdvancedOptions, &esx.ResourcePool, &esx.VirtualDevice, &esx.EthernetCard,
	&simulator.EvalLicense, &simulator.DefaultCustomizationSpec,
}

// making is held while a vCenter is made, and the templates with it: no order to another, which may want one, is obeyed then.
var making sync.RWMutex

// untouched are the templates as they were when the process began.
var untouched = sync.OnceValue(func() (all []reflect.Value) {
	for _, template := range templates {
		all = append(all, reflect.New(reflect.TypeOf(template).Elem()).Elem())
		all[len(all)-1].Set(reflect.ValueOf(template).Elem())
		detach(all[len(all)-1])
	}
	return all
})

// renew makes what objects are made from as it was when the process began.
func renew() {
	for i, value := range untouched() {
		template := reflect.ValueOf(templates[i]).Elem()
		template.Set(value)
		detach(template)
	}
}

// unnamed is the id of a vCenter that nobody has given another: govmomi makes one of the machine's network address.
const unnamed = "00000000-0000-0000-0000-000000000000"

// newModel is an inventory without even a datacenter, or govmomi's default one. It is the same on all machines.
func newModel(filled bool) (*simulator.Model, error) {
	model := simulator.VPX()
	model.ServiceContent.About.InstanceUuid = unnamed
	datacenters := model.Datacenter
	model.Datacenter = 0
	err := create(model)
	if err == nil && filled {
		model.Datacenter = datacenters
		err = model.CreateInfrastructure(model.Service.Context)
	}
	return model, err
}

// create makes an empty inventory that has all it holds for itself.
func create(model *simulator.Model) error {
	making.Lock()
	defer making.Unlock()
	renew()
	if err := model.Create(); err != nil {
		return err
	}
	separate(model.Map())
	return nil
}

// separate gives each object a copy of its own of what it holds.
func separate(registry *simulator.Registry) {
	for _, obj := range registry.AllReference("") {
		if !describes(obj) {
			detach(reflect.ValueOf(obj).Elem())
		}
	}
}

// describes tells whether it is one of those that hold long lists of descriptions, which nothing changes, or what is its own.
func describes(obj mo.Reference) bool {
	switch obj.(type) {
	case *simulator.TaskManager, *simulator.EventManager, *simulator.PerformanceManager, *simulator.GuestProcessManager:
		return true
	}
	return false
}
