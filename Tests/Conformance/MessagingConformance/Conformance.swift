/// Every check of messages, in an order from simple to composed.
public let conformanceChecks: [ConformanceCheck] =
    pointToPointChecks + collectiveChecks + groupChecks + nonBlockingChecks + topologyChecks + taskChecks
