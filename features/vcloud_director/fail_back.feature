Feature: The cloud goes back to the protected site, and everything is as it was
  The site returns with its originals masked. What was written at the other site is copied back, then everything is shut down
  cleanly, moved, and powered on by the operator: vSphere HA starts nothing that was shut down.

  @VCD-08 @product:vcd @product:srm
  Rule: After the fail-back the whole environment is as it was at the start

    Example: Over and back by the documented steps
      Given two sites
      And the operator writes down the whole environment
      When the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the replicas of "cg-tenants" are mounted on the recovery hosts
      And the operator runs "services.sh restart" on the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      And vSphere HA has the time for all its attempts
      And the array "array-a" gets its power back
      And the operator masks the originals of "cg-management"
      And the operator masks the originals of "cg-tenants"
      And the "protected" site gets its power back
      And "vc-res" knows which of its hosts answer
      And the operator puts the protected hosts in maintenance mode
      And the operator runs the recovery plan "management"
      And the operator reprotects by the recovery plan "management"
      And the operator reverses the replication of "cg-tenants"
      And the arrays have copied "cg-tenants" to its end
      And the operator shuts down what runs at "vc-res", and writes it down
      And the operator migrates by the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-a"
      And the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator presents the originals of "cg-tenants" to the protected hosts
      And the operator rescans the storage of the protected hosts
      And the operator takes the protected hosts out of maintenance mode
      And the operator moves the VMs on the recovery hosts to where they ran
      And the operator unmounts the copies of "cg-tenants" on the recovery hosts
      And the operator reverses the replication of "cg-tenants"
      And the arrays have copied "cg-tenants" to its end
      And the operator masks the copies of "cg-tenants" from the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator puts the recovery hosts in maintenance mode
      And the operator powers on what he has shut down at "vc-res"
      And the operator reprotects by the recovery plan "management"
      Then the validation finds nothing amiss
      And the whole environment is as it was written down
      And the recovery plan "management" is "READY_STATE"
      And the replication of "cg-tenants" is "replicating" from "array-a" to "array-b"
      And "esx-b01" is in maintenance mode
      And vCloud Director shows its vApps as before
      And nothing else has changed

  @VCD-08 @product:vcd
  Rule: Each precaution on the way back is needed

    @twin:originals-not-masked
    Example: The originals are not masked when the site returns: its hosts mount them, and start what is out of date
      Given two sites
      And the "protected" site is lost
      And the replicas of "cg-tenants" are mounted on the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      And vSphere HA has the time for all its attempts
      When the "protected" site gets its power back
      And "vc-res" knows which of its hosts answer
      And the operator registers and powers on "acme-mail-01" on "esx-a01" with its shell
      Then "esx-a01" has mounted the original of the datastore "tenant-vmfs01"
      And "acme-mail-01" runs on "2" hosts
      And the "protected" site answers
      And "vc-res" answers
      And nothing else has changed

    @twin:reverse-replication-not-finished
    Example: The replication back is not finished: the originals hold no moment that could be used
      Given two sites
      And the "protected" site is lost
      And the replicas of "cg-tenants" are mounted on the recovery hosts
      And the array "array-a" gets its power back
      And the operator masks the originals of "cg-tenants"
      When the operator reverses the replication of "cg-tenants"
      And the operator tries to break the replication of "cg-tenants"
      Then the attempt fails: "wait until its resynchronisation has ended"
      And the replication of "cg-tenants" is "resynchronising"
      And the hosts have mounted the copies of "cg-tenants"
      And nothing else has changed

    @twin:persistent-mounts-left
    Example: A persistent mount is left over from the fail-over: the host mounts the next copy by itself
      Given two sites
      And the operator writes down the whole environment
      And the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator presents the replicas of "cg-tenants" to "esx-b01"
      And the operator rescans the storage of "esx-b01"
      And the operator mounts the replicas of "cg-tenants" with "esxcfg-volume -M" on "esx-b01"
      And the operator has "cg-tenants" replicated as before
      And the arrays have copied "cg-tenants" to its end
      And the operator masks the copies of "cg-tenants" from the recovery hosts
      And the operator rescans the storage of the recovery hosts
      When the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator presents the replicas of "cg-tenants" to "esx-b01"
      And the operator rescans the storage of "esx-b01"
      Then a comparison of the whole environment names the "persistent mounts" of "esx-b01"
      And the datastores of "cg-tenants" are accessible on "esx-b01"
      And nothing else has changed
