#include "server/admin_activity.h"

#include "absl/time/clock.h"
#include "storage/store/labels.h"

namespace codeset::server {

void AdminActivity::LoadBegan() {
  const absl::MutexLock lock(&mutex_);
  load_.emplace().set_started_at(store::FormatInstant(absl::Now()));
}

void AdminActivity::LoadReceived(const std::string& release_id, size_t bytes) {
  const absl::MutexLock lock(&mutex_);
  if (!load_.has_value()) return;
  load_->set_release_id(release_id);
  load_->set_received_bytes(static_cast<int64_t>(bytes));
}

void AdminActivity::LoadStep(absl::string_view step) {
  const absl::MutexLock lock(&mutex_);
  if (!load_.has_value()) return;
  load_->set_working(true);
  load_->set_step(std::string(step));
}

void AdminActivity::LoadEnded() {
  const absl::MutexLock lock(&mutex_);
  load_.reset();
}

void AdminActivity::BackedUp(const v1::Backup& backup) {
  const absl::MutexLock lock(&mutex_);
  last_backup_at_ = backup.created_at();
}

std::optional<v1::LoadStatus> AdminActivity::load() const {
  const absl::MutexLock lock(&mutex_);
  return load_;
}

std::string AdminActivity::last_backup_at() const {
  const absl::MutexLock lock(&mutex_);
  return last_backup_at_;
}

}  // namespace codeset::server
