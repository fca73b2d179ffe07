// SPDX-License-Identifier: Apache-2.0
// What the transforms of bpf/respond.h cost natively.
#pragma once

namespace isat::bench {

void add_native_transforms();

}  // namespace isat::bench
