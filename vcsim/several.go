package main

import (
	"encoding/json"
	"errors"
	"io"
	"reflect"

	"github.com/vmware/govmomi/simulator"
)

// request is a line of standard input: it starts a vCenter or stops one.
type request struct {
	Start map[string]string `json:"start"` // the users, named as they are in the environment (logins.go)
	Stop  string            `json:"stop"`  // the address
}

// serveSeveral has one vCenter after the other, or some at a time, in one process: most of what a vCenter takes to start, and a
// fifth of what it takes to fill, is spent on what the process learns but once. Each line is answered by one, until in ends.
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

// All vCenters of a process begin with the same objects: of what one of them changes, each gets its own.
var evaluation, customizations = simulator.EvalLicense, simulator.DefaultCustomizationSpec

// newModel is an inventory without even a datacenter, or govmomi's default one.
func newModel(filled bool) (*simulator.Model, error) {
	simulator.EvalLicense, simulator.DefaultCustomizationSpec = evaluation, customizations // govmomi adds to them each time
	detach(reflect.ValueOf(&simulator.EvalLicense).Elem())
	detach(reflect.ValueOf(&simulator.DefaultCustomizationSpec).Elem())
	model := simulator.VPX()
	datacenters := model.Datacenter
	model.Datacenter = 0
	if err := model.Create(); err != nil {
		return nil, err
	}
	separate(model.Map())
	if !filled {
		return model, nil
	}
	model.Datacenter = datacenters
	return model, model.CreateInfrastructure(model.Service.Context)
}

// separate gives the objects of an empty inventory all that they hold for themselves.
func separate(registry *simulator.Registry) {
	for _, obj := range registry.AllReference("") {
		switch obj.(type) {
		case *simulator.TaskManager, *simulator.EventManager, *simulator.PerformanceManager, *simulator.GuestProcessManager:
			// these hold long lists of descriptions, which nothing changes, or what is theirs alone
		default:
			detach(reflect.ValueOf(obj).Elem())
		}
	}
}
