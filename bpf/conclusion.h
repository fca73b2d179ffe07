/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only OR BSD-2-Clause */
/* Outcomes, as they are returned. */
#pragma once

#include "bpf/abi.h"
#include "bpf/wire.h"

/*
 * An outcome that is loaded only where it is returned. BPF's optimiser would load it ahead of each condition: one more
 * instruction on every answer's way, and a register that nothing else can have for that long, so that another value is
 * kept on the stack, which is dear.
 */
ISAT_INLINE enum isat_outcome conclude(enum isat_outcome outcome)
{
	ISAT_SETTLE(outcome);
	return outcome;
}

/* One that is not OUTCOME_ANSWERED, which neither the optimiser nor the verifier asks again then. */
ISAT_INLINE enum isat_outcome refuse(enum isat_outcome outcome)
{
	outcome = conclude(outcome);
	if (outcome == OUTCOME_ANSWERED)
		__builtin_unreachable();
	return outcome;
}
