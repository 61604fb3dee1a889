{{ turnaround_by_dimension(of_changed_weeks(ref('int_turnaround_durations')), is_weekly=true) }}
