Feature: The management is protected by vSphere Replication
  Each management VM is copied by the hosts, not by an array: what was written since its last synchronization is lost.

  @VCD-10 @product:vcd @product:srm
  Rule: The plan brings the management back, as of the last synchronization of each VM

    Example: What was written before the last synchronization is there
      Given two sites with "management by vSphere Replication"
      And an hour passes
      And "vcd-db" of "vc-mgmt-a" writes "order-1"
      And an hour passes
      And the "protected" site is lost
      When the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      Then the validation finds nothing amiss
      And "vcd-db" of "vc-mgmt-b" has what it wrote: "order-1"
      And the recovery plan "management" is "DISASTER_RECOVERY_COMPLETE"
      And the management VMs run at "vc-mgmt-b"
      And "vc-res" answers
      And nothing else has changed

    @twin:written-since-the-last-synchronization
    Example: What was written within the recovery point objective is lost
      Given two sites with "management by vSphere Replication"
      And an hour passes
      And five minutes pass
      And "vcd-db" of "vc-mgmt-a" writes "order-1"
      And five minutes pass
      And the "protected" site is lost
      When the operator runs the recovery plan "management"
      Then "vcd-db" of "vc-mgmt-b" has lost what it wrote: "order-1"
      And the management VMs run at "vc-mgmt-b"
      And "vc-res" answers
      And nothing else has changed
