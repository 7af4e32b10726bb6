package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vmware/govmomi/simulator"
)

// call makes calls as the agent; each is a method and its arguments on one object.
func (v *vcenter) call(obj ref, calls ...string) string {
	made := make([]string, len(calls))
	for i, one := range calls {
		method, args, _ := strings.Cut(one, " ")
		made[i] = fmt.Sprintf(`{"this": {"type": %q, "value": %q}, "method": %q, "args": %s}`, obj.Type, obj.Value, method, args)
	}
	return v.order(fmt.Sprintf(`{"CALL": [%s]}`, strings.ReplaceAll(strings.Join(made, ","), "\n", " ")))[0]
}

// names are those of what is in the folder, in the order in which it came.
func (v *vcenter) names(folder ref) (found []string) {
	for _, child := range v.model.Map().Get(folder).(*simulator.Folder).ChildEntity {
		found = append(found, v.model.Map().Get(child).(*simulator.VirtualMachine).Name)
	}
	return found
}

const machine = `CreateVM_Task {"config": {"_typeName": "VirtualMachineConfigSpec", "name": %q,
	"files": {"_typeName": "VirtualMachineFileInfo", "vmPathName": "[LocalDS_0]"}}, "pool": {"type": "ResourcePool", "value": %q}}`

func TestCallsAreMadeInOrderAndHaveEnded(t *testing.T) {
	v, s := newVcenter(t), &seen{}
	v.dial(s.answer)
	v.hook("CreateVM_Task", "before")
	folder, pool := *v.vm().Parent, v.vm().ResourcePool.Value
	before := len(v.names(folder))
	if err := v.call(folder, fmt.Sprintf(machine, "b", pool), fmt.Sprintf(machine, "a", pool)); err != "" {
		t.Fatal(err)
	}
	if made := fmt.Sprint(v.names(folder)[before:]); made != "[b a]" || len(s.phases) != 0 {
		t.Errorf("made %s and asked %v, want b and then a without a question", made, s.phases)
	}
}

func TestTheFirstCallThatFailsIsNamedAndEndsThem(t *testing.T) {
	v := newVcenter(t)
	folder, pool := *v.vm().Parent, v.vm().ResourcePool.Value
	good := fmt.Sprintf(machine, "%s", pool)
	for bad, want := range map[string]string{
		"NoSuchMethod {}": "does not implement it", `CreateFolder {"name": 3}`: "unmarshal",
		`CreateFolder {"name": "%s"}`: "DuplicateName", fmt.Sprintf(machine, "", pool): "InvalidVmConfig",
	} {
		name := fmt.Sprintf("vm %d", len(want))
		err := v.call(folder, fmt.Sprintf(good, name), strings.ReplaceAll(bad, "%s", name))
		if !strings.Contains(err, want) || !strings.HasPrefix(err, "CALL/1/Folder/") {
			t.Errorf("%s: %q, want that it is named, with %q", bad, err, want)
		}
		if made := v.names(folder); made[len(made)-1] != name {
			t.Errorf("%s: the call before it is undone: %v", bad, made)
		}
	}
	if err := v.call(ref{Type: "Folder", Value: "group-none"}, "Reload {}"); !strings.Contains(err, "no such object") {
		t.Errorf("%q, and there is no such object", err)
	}
}

func TestCallsTellWhatTheyReturned(t *testing.T) {
	v := newVcenter(t)
	vm := v.vm()
	line := `{"CALL": [{"this": {"type": "Folder", "value": %q}, "method": "CreateFolder", "args": {"name": "new"}},
		{"this": {"type": "VirtualMachine", "value": %q}, "method": "PowerOffVM_Task", "args": {}},
		{"this": {"type": "Folder", "value": %q}, "method": "CreateVM_Task", "args": ` + strings.TrimPrefix(machine, "CreateVM_Task ") + `}]}`
	line = fmt.Sprintf(line, vm.Parent.Value, vm.Self.Value, vm.Parent.Value, "c", vm.ResourcePool.Value)
	said := v.verdicts(strings.ReplaceAll(line, "\n", " "))[0]
	children := v.model.Map().Get(*vm.Parent).(*simulator.Folder).ChildEntity
	want := []string{}
	for _, made := range children[len(children)-2:] {
		want = append(want, fmt.Sprintf(`[{"_typeName":"ManagedObjectReference","type":%q,"value":%q}]`, made.Type, made.Value))
	}
	if len(said.Call) != 3 || string(said.Call[0]) != want[0] || string(said.Call[1]) != "[]" || string(said.Call[2]) != want[1] {
		t.Errorf("%s %s, want %s, [] and %s", said.Error, said.Call, want[0], want[1])
	}
}
