// The tests start many processes; side by side they would only wait for each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
