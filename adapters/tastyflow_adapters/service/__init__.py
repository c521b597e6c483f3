"""
The service as a process: what it is opened with, how it is told to stop, and who can ask how it is.

    running     opens log, venues and desk, and runs the service until a signal
    process     this process as others find it; whether another one has ended
    fencing     brokers that send nothing once the lease is in doubt
    notify      tells the init system that it is ready, alive, stopping
    health      what there is to say, gathered
    venue_readings, venue_watch   how venues are reached; the incidents of those that are not well
    server      the health page, on this machine only
    warnings_aside   what it warns of is written beside its work
    asking      reads that page; says whether any service is at work
"""
