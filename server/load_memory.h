// How a process that only loads a release takes its memory.
//
// Thread-safety: to be called before other threads are there.
#pragma once

namespace codeset::server {

// Starts this process anew, with an allocator that takes huge pages and keeps what it has: a load
// fills some 150 MB once, and the faults by which it gets them page by page are a third of its
// time where the machine is virtual. The allocator asks for that in the environment, when a
// process begins. Returns where the environment says something of the allocator already, this
// being the second time or somebody's wish, or where it does not work out: then the load is
// slower. `argv` is that of main.
void TakeMemoryForLoad(char** argv);

}  // namespace codeset::server
