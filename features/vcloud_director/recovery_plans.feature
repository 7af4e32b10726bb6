Feature: A recovery plan tests, migrates, and recovers after a disaster
  A test leaves no trace, a migration loses nothing, and a disaster costs what was written since the last completed replication.

  @VCD-07 @product:vcd @product:srm
  Rule: A test changes nothing at the protected site, and is cleaned up

    Example: The whole environment is as it was before the test
      Given two sites
      When the operator tests the recovery plan "management"
      And the operator cleans up the test of the recovery plan "management"
      Then the recovery plan "management" is "READY_STATE"
      And the last runs of the recovery plan "management" were "test" and "cleanup", without an error
      And nothing else has changed

  @VCD-07 @product:vcd @product:srm
  Rule: A planned migration loses no data

    Example: What was written after the last cycle is there, and is protected in the other direction
      Given two sites with "asynchronous replication"
      And the replication of "cg-management" completes a cycle
      And "vcd-db" of "vc-mgmt-a" writes "order-1"
      And the operator notes what runs at "vc-mgmt-a"
      When the operator migrates by the recovery plan "management"
      And the operator reprotects by the recovery plan "management"
      Then "vcd-db" of "vc-mgmt-b" has what it wrote: "order-1"
      And the last runs of the recovery plan "management" were "planned recovery" and "reprotect", without an error
      And the recovery plan "management" is "READY_STATE"
      And the replication of "cg-management" is "replicating" from "array-b" to "array-a"
      And the hosts of "vc-mgmt-a" have nothing mounted of "cg-management"
      And the management VMs run at "vc-mgmt-b"
      And the datastores of "cg-management" are accessible on the hosts of "vc-mgmt-b"
      And "vc-res" answers
      And nothing else has changed

  @VCD-07 @product:vcd @product:srm
  Rule: A disaster loses at most what was written since the last completed replication

    Example: What was written before the last cycle is there, the rest is lost
      Given two sites with "asynchronous replication"
      And "vcd-db" of "vc-mgmt-a" writes "order-1"
      And the replication of "cg-management" completes a cycle
      And "vcd-db" of "vc-mgmt-a" writes "order-2"
      And the "protected" site is lost
      When the operator runs the recovery plan "management"
      Then "vcd-db" of "vc-mgmt-b" has what it wrote: "order-1"
      And "vcd-db" of "vc-mgmt-b" has lost what it wrote: "order-2"
      And the recovery plan "management" reports the data of "cg-management" as of the last completed replication
      And the management VMs run at "vc-mgmt-b"
      And the datastores of "cg-management" are accessible on the hosts of "vc-mgmt-b"
      And "vc-res" answers
      And nothing else has changed

    @twin:replication-suspended
    Example: The replication was suspended: what was written in an hour is lost, and the report says so
      Given two sites with "asynchronous replication"
      And the replication of "cg-management" completes a cycle
      And the operator suspends the replication of "cg-management"
      And "vcd-db" of "vc-mgmt-a" writes "order-1"
      And an hour passes
      And the "protected" site is lost
      When the operator runs the recovery plan "management"
      Then "vcd-db" of "vc-mgmt-b" has lost what it wrote: "order-1"
      And the recovery plan "management" reports the data of "cg-management" as of the last completed replication
      And the management VMs run at "vc-mgmt-b"
      And the datastores of "cg-management" are accessible on the hosts of "vc-mgmt-b"
      And "vc-res" answers
      And nothing else has changed
