// Looks at the reads of each run with fastp and says what is doubtful. Nothing is trimmed; one bad run never fails the others.
nextflow.enable.dsl = 2

process QUALITY {
    tag "${accession}"
    maxForks params.parallel as int
    // The script reports a run that cannot be looked at as its outcome and ends 0. What is left are faults of the machine.
    errorStrategy { task.attempt < 3 ? 'retry' : 'ignore' }
    maxRetries 2

    input:
    val accession

    output:
    path "${accession}.json"

    script:
    """
    look_at_run.py --runs '${params.runs}' --accession '${accession}' --outdir '${params.outdir}' --threads ${params.threads as int} \\
      --min-reads ${params.minReads as long} --min-mean-length ${params.minMeanLength as float} --min-q30 ${params.minQ30 as float} \\
      --max-n-share ${params.maxNShare as float} --reads-looked-at ${params.readsLookedAt as long}
    """
}

workflow {
    runs = new groovy.json.JsonSlurper().parse(file(params.runs, checkIfExists: true))
    QUALITY(Channel.fromList(runs.collect { it.accession }))
}
