{{ turnaround_by_dimension(ref('int_turnaround_durations'), is_weekly=false) }}
