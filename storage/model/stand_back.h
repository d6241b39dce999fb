// How threads whose work takes long, and that hardly anybody's answer waits for, leave the
// processors to those who answer. They stand behind by the system's priorities, and say besides
// where another may go first: Linux looks at who should run when somebody wakes up, for whom it may
// be too early by a tenth of a millisecond, and then not before its next tick, milliseconds later.
#pragma once

namespace codeset::model {

// From now on the calling thread, and the threads that it begins, stand behind others. 0, or the
// errno with which the system refuses; then the thread goes on as it is. On systems other than
// Linux nothing happens.
int StandBack();

// Called between two pieces of long work. If the calling thread stands back and has gone on for a
// while, whoever waits for its processor gets it; else it costs some nanoseconds. Not under a lock
// that answers out of memory take. The lock of changes to the store, and that of an image while it
// is built, are held at times: then whoever waits for them waits longer where processors are short.
void GiveWay();

}  // namespace codeset::model
